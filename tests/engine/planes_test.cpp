// Layers over planes, from their specs: names, shapes, running statistics, and what is refused.
#include <gtest/gtest.h>

#include <cmath>

#include "graph/session.h"
#include "graph/spec.h"

namespace pg {
namespace {

std::string spec_of(const std::string& shape, const std::string& layers) {
  return R"({"seed":2,"batch_size":4,"input":{"shape":)" + shape + R"(},"layers":[)" + layers + R"(],"loss":{"type":"mse"},"optimizer":{"type":"sgd","lr":0.01}})";
}

CompiledModel compiled(const std::string& shape, const std::string& layers) {
  std::vector<Issue> issues;
  CompiledModel m = compile(Json::parse(spec_of(shape, layers)), issues);
  for (const Issue& i : issues) ADD_FAILURE() << i.message;
  return m;
}

/// Shape of the output without the batch.
std::string output_of(const std::string& shape, const std::string& layers) {
  const CompiledModel m = compiled(shape, layers);
  return m.plan ? m.plan->graph.values[static_cast<size_t>(m.plan->graph.output)].type.shape.str() : "";
}

void expect_issue(const std::string& shape, const std::string& layer, const std::string& code, const std::string& path, const std::string& rule) {
  const std::vector<Issue> issues = validate(spec_of(shape, layer));
  ASSERT_EQ(issues.size(), 1u) << layer;
  EXPECT_EQ(issues[0].code, code) << layer;
  EXPECT_EQ(issues[0].path, path) << layer;
  EXPECT_NE(issues[0].rule.find(rule), std::string::npos) << layer << ": " << issues[0].rule;
}

template <class T>
void fill(Session<T>& s, double offset) {
  for (size_t k = 0; k < s.graph().inputs.size(); ++k)
    for (int64_t i = 0; i < s.shape(s.graph().inputs[k]).numel(); ++i)
      s.values_in(static_cast<int>(k))[i] = static_cast<T>(std::sin(0.37 * static_cast<double>(i) + 0.01 * static_cast<double>(i * i)) + offset);
}

TEST(Planes, ANetworkOfConvolutionsHasPyTorchsNamesAndShapes) {
  const CompiledModel m = compiled("[1,28,28]", R"({"type":"conv2d","out_channels":8,"kernel_size":5},{"type":"relu"},{"type":"max_pool2d","kernel_size":2},
      {"type":"conv2d","in_channels":8,"out_channels":16,"kernel_size":[5,5],"bias":false},{"type":"batch_norm2d"},{"type":"max_pool2d","kernel_size":3},
      {"type":"flatten"},{"type":"linear","out_features":10})");
  const auto shape = [&](const char* name) {
    const int v = m.plan->graph.find(name);
    return v < 0 ? std::string("none") : m.plan->graph.values[static_cast<size_t>(v)].type.shape.str();
  };
  EXPECT_EQ(shape("0"), "[4, 8, 24, 24]");
  EXPECT_EQ(shape("0.weight"), "[8, 1, 5, 5]");
  EXPECT_EQ(shape("0.bias"), "[8]");
  EXPECT_EQ(shape("2"), "[4, 8, 12, 12]");
  EXPECT_EQ(shape("3.weight"), "[16, 8, 5, 5]");
  EXPECT_EQ(shape("3.bias"), "none");
  EXPECT_EQ(shape("4.weight"), "[16]");
  EXPECT_EQ(shape("4.running_var"), "[16]");
  EXPECT_EQ(shape("4.num_batches_tracked"), "[1]");
  EXPECT_TRUE(m.plan->graph.values[static_cast<size_t>(m.plan->graph.find("4.num_batches_tracked"))].counter);
  EXPECT_EQ(shape("5"), "[4, 16, 2, 2]");
  EXPECT_EQ(shape("6"), "[4, 64]");
}

TEST(Planes, SizesFollowTheRules) {
  EXPECT_EQ(output_of("[2,9,11]", R"({"type":"conv2d","out_channels":3,"kernel_size":[4,3],"padding":"same"})"), "[4, 3, 9, 11]");
  EXPECT_EQ(output_of("[2,9,11]", R"({"type":"conv2d","out_channels":3,"kernel_size":3,"stride":[1,2],"padding":"valid"})"), "[4, 3, 7, 5]");
  EXPECT_EQ(output_of("[2,9]", R"({"type":"conv1d","out_channels":3,"kernel_size":3,"dilation":2,"padding":1})"), "[4, 3, 7]");
  EXPECT_EQ(output_of("[4,7,7]", R"({"type":"conv_transpose2d","out_channels":2,"kernel_size":4,"stride":2,"padding":1,"groups":2})"), "[4, 2, 14, 14]");
  EXPECT_EQ(output_of("[2,7,7]", R"({"type":"max_pool2d","kernel_size":2,"ceil_mode":true})"), "[4, 2, 4, 4]");
  EXPECT_EQ(output_of("[2,7]", R"({"type":"avg_pool1d","kernel_size":2})"), "[4, 2, 3]");
  EXPECT_EQ(output_of("[2,7,5]", R"({"type":"adaptive_avg_pool2d","output_size":1},{"type":"reshape","shape":[2]})"), "[4, 2]");
  EXPECT_EQ(output_of("[2,7]", R"({"type":"adaptive_avg_pool1d","output_size":3})"), "[4, 2, 3]");
  EXPECT_EQ(output_of("[2,3,4]", R"({"type":"upsample","scale_factor":[2,3]})"), "[4, 2, 6, 12]");
  EXPECT_EQ(output_of("[2,3]", R"({"type":"upsample","scale_factor":4})"), "[4, 2, 12]");
  EXPECT_EQ(output_of("[6]", R"({"type":"batch_norm1d","num_features":6})"), "[4, 6]");
}

TEST(Planes, WhatDoesNotFitIsNamedWithItsNumbers) {
  expect_issue("[1,4,9]", R"({"type":"conv2d","out_channels":2,"kernel_size":5})", "bad_shape", "layers[0]", "⌊(4 + 2·0 − 1·(5 − 1) − 1)/1⌋ + 1 ≥ 1");
  expect_issue("[1,3]", R"({"type":"max_pool1d","kernel_size":4})", "bad_shape", "layers[0]", "⌊(3 + 2·0 − 1·(4 − 1) − 1)/4⌋ + 1 ≥ 1");
  expect_issue("[1,4,4]", R"({"type":"conv_transpose2d","out_channels":1,"kernel_size":1,"padding":2})", "bad_shape", "layers[0]", "= 0 ≥ 1");
  expect_issue("[3,4,4]", R"({"type":"conv2d","out_channels":4,"kernel_size":1,"groups":2})", "bad_shape", "layers[0].groups", "a divisor of the 3 input channels");
  expect_issue("[4,4,4]", R"({"type":"conv2d","out_channels":3,"kernel_size":1,"groups":2})", "bad_shape", "layers[0].groups", "a divisor of the 3 out_channels");
  expect_issue("[3,4,4]", R"({"type":"conv2d","in_channels":2,"out_channels":4,"kernel_size":1})", "bad_shape", "layers[0].in_channels", "3, which follows");
  expect_issue("[3,4,4]", R"({"type":"conv2d","out_channels":4,"kernel_size":1,"stride":2,"padding":"same"})", "bad_shape", "layers[0].stride", "1 where padding is \"same\"");
  expect_issue("[3,4,4]", R"({"type":"conv2d","out_channels":4,"kernel_size":1,"padding":"full"})", "unknown_choice", "layers[0].padding", "same|valid");
  expect_issue("[3,4,4]", R"({"type":"conv2d","out_channels":4})", "missing", "layers[0].kernel_size", "");
  expect_issue("[3,4,4]", R"({"type":"conv_transpose2d","out_channels":4,"kernel_size":1,"output_padding":1})", "bad_shape", "layers[0].output_padding", "smaller than");
  expect_issue("[3,4,4]", R"({"type":"max_pool2d","kernel_size":3,"padding":2})", "bad_shape", "layers[0].padding", "at most half");
  expect_issue("[3,4]", R"({"type":"conv2d","out_channels":4,"kernel_size":1})", "bad_shape", "layers[0]", "[batch, channels, height, width]");
  expect_issue("[3,4,4]", R"({"type":"avg_pool1d","kernel_size":1})", "bad_shape", "layers[0]", "[batch, channels, length]");
  expect_issue("[3,4]", R"({"type":"upsample","scale_factor":[1,2]})", "bad_shape", "layers[0].scale_factor", "one integer");
  expect_issue("[3]", R"({"type":"upsample","scale_factor":2})", "bad_shape", "layers[0]", "[batch, channels, height, width]");
  expect_issue("[3,4,4]", R"({"type":"batch_norm1d"})", "bad_shape", "layers[0]", "[batch, channels, length]");
  expect_issue("[3]", R"({"type":"batch_norm2d"})", "bad_shape", "layers[0]", "[batch, channels, height, width]");
}

TEST(Planes, AbsurdSizesAreRefused) {
  for (const char* layer : {R"({"type":"conv2d","out_channels":1048576,"kernel_size":1024,"padding":1024})", R"({"type":"conv_transpose2d","out_channels":1048576,"kernel_size":1024,"stride":1024,"dilation":1024})",
                            R"({"type":"upsample","scale_factor":64},{"type":"upsample","scale_factor":64})", R"({"type":"adaptive_avg_pool2d","output_size":4096})",
                            R"({"type":"conv2d","out_channels":1,"kernel_size":1024,"dilation":1024,"padding":"same"})"}) {
    const std::vector<Issue> issues = validate(spec_of("[64,64,64]", layer));
    ASSERT_FALSE(issues.empty()) << layer;
  }
  EXPECT_FALSE(validate(spec_of("[1048576,1048576,1048576]", R"({"type":"conv2d","out_channels":1,"kernel_size":1})")).empty());
  EXPECT_FALSE(validate(spec_of("[1048576,1048576,1048576]", R"({"type":"max_pool2d","kernel_size":1})")).empty());
  EXPECT_FALSE(validate(spec_of("[1,8192,8192]", R"({"type":"max_pool2d","kernel_size":1})")).empty());
}

TEST(Planes, RunningStatisticsFollowTheBatches) {
  Session<double> s(compiled("[2,3,3]", R"({"type":"batch_norm2d","momentum":0.25,"eps":0})"), Session<double>::Use::train);
  const auto value = [&](const char* name) { return s.graph().find(name); };
  double mean = 0, var = 1;
  for (int step = 1; step <= 3; ++step) {
    fill(s, step);
    const double* x = s.values_in(0);
    double m = 0, v = 0;
    for (int n = 0; n < 4; ++n)
      for (int i = 0; i < 9; ++i) m += x[n * 18 + i] / 36;
    for (int n = 0; n < 4; ++n)
      for (int i = 0; i < 9; ++i) v += (x[n * 18 + i] - m) * (x[n * 18 + i] - m) / 35;
    mean = 0.75 * mean + 0.25 * m;
    var = 0.75 * var + 0.25 * v;
    s.forward(true);
    EXPECT_NEAR(s.data(value("0.running_mean"))[0], mean, 1e-12);
    EXPECT_NEAR(s.data(value("0.running_var"))[0], var, 1e-12);
    EXPECT_EQ(s.data(value("0.num_batches_tracked"))[0], step);
    EXPECT_NEAR(s.data(s.graph().output)[0], (x[0] - m) / std::sqrt(v * 35 / 36), 1e-12);
  }
  s.forward(false);
  EXPECT_NEAR(s.data(s.graph().output)[0], (s.values_in(0)[0] - mean) / std::sqrt(var), 1e-12);
  EXPECT_EQ(s.data(value("0.num_batches_tracked"))[0], 3);
}

TEST(Planes, ABatchOfOneNumberAChannelGivesBeta) {
  Session<float> s(compiled("[3]", R"({"type":"batch_norm1d"})"), Session<float>::Use::train);
  s.set_batch(1);
  fill(s, 1);
  s.forward(true);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(s.data(s.graph().output)[i], 0.0f);
    EXPECT_NEAR(s.data(s.graph().find("0.running_var"))[i], 0.9f, 1e-6f);
  }
}

TEST(Planes, TrainingLowersTheLoss) {
  Session<float> s(compiled("[2,8,8]", R"({"type":"conv2d","out_channels":6,"kernel_size":3,"padding":"same"},{"type":"batch_norm2d"},{"type":"relu"},{"type":"max_pool2d","kernel_size":2},
      {"type":"conv2d","out_channels":6,"kernel_size":3,"groups":2,"padding":1},{"type":"avg_pool2d","kernel_size":2},{"type":"upsample","scale_factor":2},
      {"type":"conv_transpose2d","out_channels":3,"kernel_size":2,"stride":2},{"type":"adaptive_avg_pool2d","output_size":2},{"type":"flatten"},{"type":"linear","out_features":2})"),
                   Session<float>::Use::train);
  fill(s, 0);
  double first = 0, last = 0;
  for (int step = 0; step < 100; ++step) {
    ASSERT_TRUE(s.train_step());
    last = static_cast<double>(s.data(s.graph().loss)[0]);
    if (step == 0) first = last;
  }
  EXPECT_LT(last, 0.5 * first);
}

}  // namespace
}  // namespace pg
