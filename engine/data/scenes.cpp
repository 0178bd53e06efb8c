#include "data/scenes.h"

#include <algorithm>
#include <cmath>

#include "tensor/rng.h"

namespace pg::data {

namespace {

constexpr int kTries = 24;            // places tried for an object before it is left out
constexpr uint8_t kInk = 40;          // of 255: what belongs to a digit
constexpr int kSamples = 3;           // per pixel and direction, of a shape
constexpr float kRingHole = 0.55f, kCrossArm = 0.34f;  // of the half side

/// The part of a digit's picture that holds its ink.
struct Extent {
  int x = 0, y = 0, w = 0, h = 0;
};

Extent extent(const uint8_t* p, int rows, int cols) {
  int left = cols, right = -1, top = rows, bottom = -1;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) {
      if (p[r * cols + c] < kInk) continue;
      left = std::min(left, c), right = std::max(right, c), top = std::min(top, r), bottom = std::max(bottom, r);
    }
  return right < 0 ? Extent{0, 0, cols, rows} : Extent{left, top, right - left + 1, bottom - top + 1};
}

float pixel(const uint8_t* p, int rows, int cols, int r, int c) { return r < 0 || c < 0 || r >= rows || c >= cols ? 0 : static_cast<float>(p[r * cols + c]) * (1.0f / 255.0f); }

/// Whether the point (u, v) of [−1, 1]² is in the shape.
bool inside(int shape, float u, float v) {
  const float r = u * u + v * v;
  switch (shape) {
    case 0: return r <= 1;
    case 1: return true;
    case 2: return std::fabs(u) <= (v + 1) / 2;
    case 3: return std::fabs(u) <= kCrossArm || std::fabs(v) <= kCrossArm;
    default: return r <= 1 && r >= kRingHole * kRingHole;
  }
}

void put(float* pixels, int row, int col, float v) {
  if (row < 0 || col < 0 || row >= kSceneSide || col >= kSceneSide) return;
  float& p = pixels[row * kSceneSide + col];
  p = std::max(p, v);
}

/// A stroke that is no object: a short line, a little over a pixel wide.
void stroke(Rng& rng, float* pixels) {
  const double x = rng.uniform(0, kSceneSide), y = rng.uniform(0, kSceneSide), angle = rng.uniform(0, 6.283185307179586), length = rng.uniform(4, 10);
  const float ink = static_cast<float>(rng.uniform(0.4, 1));
  const double dx = kernels::cos_(angle), dy = kernels::sin_(angle);
  for (double t = 0; t <= length; t += 0.5) {
    const int c = static_cast<int>(std::floor(x + t * dx)), r = static_cast<int>(std::floor(y + t * dy));
    put(pixels, r, c, ink);
    put(pixels, r, c + 1, ink * 0.5f);
    put(pixels, r + 1, c, ink * 0.5f);
  }
}

}  // namespace

Scenes::Scenes(const SceneOptions& options, const Digits* digits, uint64_t seed) : options_(options), digits_(digits), seed_(seed) {
  for (int i = 0; digits && i < digits->count(); ++i) pictures_[i >= digits->n_train][digits->labels[static_cast<size_t>(i)]].push_back(i);
}

int Scenes::draw(bool held_out, uint32_t index, float* pixels, Truth* objects) const {
  const SceneOptions& o = options_;
  Rng rng(seed_, Stream::data, index, held_out ? 1 : 0);
  std::fill_n(pixels, kSceneSide * kSceneSide, 0.0f);
  for (int i = 0; i < o.clutter; ++i) stroke(rng, pixels);
  const int wanted = 1 + static_cast<int>(rng.below(static_cast<uint32_t>(o.max_objects)));
  int n = 0;
  for (int i = 0; i < wanted; ++i) {
    const int cls = static_cast<int>(rng.below(static_cast<uint32_t>(classes()))), side = o.min_size + static_cast<int>(rng.below(static_cast<uint32_t>(o.max_size - o.min_size + 1)));
    const float ink = static_cast<float>(rng.uniform(0.7, 1));
    const uint8_t* picture = nullptr;
    Extent of;
    int w = side, h = side;
    if (cls < o.digits) {
      const std::vector<int>& of_class = pictures_[held_out][cls];
      if (of_class.empty()) continue;
      picture = digits_->pixels.data() + static_cast<size_t>(of_class[rng.below(static_cast<uint32_t>(of_class.size()))]) * static_cast<size_t>(digits_->picture());
      of = extent(picture, digits_->rows, digits_->cols);
      if (const int least = (of.h + 1) / 2; of.w < least) of.x -= (least - of.w) / 2, of.w = least;
      (of.w > of.h ? h : w) = std::max(2, of.w > of.h ? (side * of.h + of.w / 2) / of.w : (side * of.w + of.h / 2) / of.h);
    } else {
      w = std::max(2, static_cast<int>(side * rng.uniform(0.7, 1) + 0.5));
      if (rng.below(2)) std::swap(w, h);
    }
    Box box;
    bool free = false;
    for (int t = 0; t < kTries && !free; ++t) {
      box = {static_cast<float>(rng.below(static_cast<uint32_t>(kSceneSide - w + 1))), static_cast<float>(rng.below(static_cast<uint32_t>(kSceneSide - h + 1))), static_cast<float>(w), static_cast<float>(h)};
      free = true;
      for (int k = 0; k < n; ++k) free = free && iou(box, objects[k].box) <= o.overlap;
    }
    if (!free) continue;
    const int left = static_cast<int>(box.x), top = static_cast<int>(box.y);
    for (int r = 0; r < h; ++r)
      for (int c = 0; c < w; ++c) {
        float v = 0;
        if (picture) {  // bilinear, between the middles of the picture's pixels
          const float x = (static_cast<float>(c) + 0.5f) * static_cast<float>(of.w) / static_cast<float>(w) - 0.5f + static_cast<float>(of.x);
          const float y = (static_cast<float>(r) + 0.5f) * static_cast<float>(of.h) / static_cast<float>(h) - 0.5f + static_cast<float>(of.y);
          const float fx = std::floor(x), fy = std::floor(y), a = x - fx, b = y - fy;
          const int xi = static_cast<int>(fx), yi = static_cast<int>(fy);
          const auto at = [&](int row, int col) { return pixel(picture, digits_->rows, digits_->cols, row, col); };
          v = (1 - b) * ((1 - a) * at(yi, xi) + a * at(yi, xi + 1)) + b * ((1 - a) * at(yi + 1, xi) + a * at(yi + 1, xi + 1));
        } else {
          int hits = 0;
          for (int s = 0; s < kSamples * kSamples; ++s) {
            const auto middle = [](int pixel_, int sample, int size) { return (static_cast<float>(pixel_) + (static_cast<float>(sample) + 0.5f) / kSamples) * 2 / static_cast<float>(size) - 1; };
            hits += inside(cls - o.digits, middle(c, s % kSamples, w), middle(r, s / kSamples, h));
          }
          v = static_cast<float>(hits) / (kSamples * kSamples);
        }
        put(pixels, top + r, left + c, ink * v);
      }
    objects[n++] = {static_cast<int>(index), cls, box};
  }
  if (o.noise > 0) {
    const float step = static_cast<float>(o.noise * 3.4641016151377544 / 65536);  // √12: of a uniform spread with that standard deviation
    const auto add = [&](float& pixel_, uint32_t bits) { pixel_ = std::clamp(pixel_ + (static_cast<float>(bits) - 32767.5f) * step, 0.0f, 1.0f); };
    for (int i = 0; i < kSceneSide * kSceneSide; i += 2) {  // a draw for two pixels: this is most of what a scene costs
      const uint32_t bits = rng.next();
      add(pixels[i], bits >> 16);
      add(pixels[i + 1], bits & 0xffff);
    }
  }
  return n;
}

}  // namespace pg::data
