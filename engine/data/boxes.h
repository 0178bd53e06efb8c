// Boxes in a picture: how far two overlap, which of many detections stand for the same object, and how good a ranked list of
// detections is.
#pragma once
#include <span>
#include <vector>

namespace pg::data {

/// In pixels: left, top, width, height.
struct Box {
  float x = 0, y = 0, w = 0, h = 0;
};

/// Area that both cover.
double intersection(const Box& a, const Box& b);
/// Intersection over union; 0 where there is no union.
double iou(const Box& a, const Box& b);

struct Truth {
  int scene = 0, cls = 0;
  Box box;
};

struct Detection {
  int scene = 0, cell = 0, cls = 0;
  float score = 0;
  Box box;
  int by = -1;        // the detection (its place in the same list) that suppressed it; -1: it is kept
  float overlap = 0;  // IoU with that one
};

/// Greedy non-maximum suppression within each class, as torchvision.ops.batched_nms: the best that is left is kept, and every other
/// of its class whose IoU with it is above `threshold` is suppressed by it. Of equal scores the earlier is the better.
/// `order` is scratch.
void suppress(std::span<Detection> of_scene, double threshold, std::vector<int>& order);

/// What one class came to.
struct ClassScore {
  int truths = 0, detections = 0, right = 0;
  double ap = 0;  // NaN where the class does not occur
};
/// One detection in the ranking of its class, the best first.
struct Ranked {
  int cls = 0;
  float score = 0;
  bool right = false;
  double recall = 0, precision = 0;
  double envelope = 0;  // the largest precision at this recall or a higher one
};

/// PASCAL VOC's measure from 2010 on (Everingham et al. 2010; its devkit's VOCevaldet and VOCap): a class's detections are ranked by
/// score; each is right if the truth of its class and scene that it overlaps most does so by at least `min_iou` and is not taken
/// yet by a better one; the average precision is the whole area under the precision–recall curve once precision falls nowhere.
/// `truths` and `kept` stand in the order of the scenes. Returns the mean over the classes that occur; 0 if none does.
double average_precision(std::span<const Truth> truths, std::span<const Detection> kept, int classes, double min_iou, std::vector<ClassScore>& scores,
                         std::vector<Ranked>& ranking);

}  // namespace pg::data
