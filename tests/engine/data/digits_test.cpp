#include "data/digits.h"

#include <gtest/gtest.h>

#include "data/fake_digits.h"
#include "graph/params.h"

namespace pg::data {
namespace {

using testing_data::fake_digits;

/// The Issue of a pack that must be refused.
Issue refusal(const std::vector<uint8_t>& bytes) {
  try {
    parse_digits(bytes.data(), bytes.size());
  } catch (const Error& e) {
    return e.issue;
  }
  ADD_FAILURE() << "taken";
  return {};
}

TEST(Digits, AreReadAsPacked) {
  const auto bytes = fake_digits(20, 10);
  const Digits d = parse_digits(bytes.data(), bytes.size());
  EXPECT_EQ(d.n_train, 20);
  EXPECT_EQ(d.n_test, 10);
  EXPECT_EQ(d.picture(), 144);
  EXPECT_EQ(d.labels[23], 3);
  std::vector<float> x(144);
  for (int i = 0; i < d.count(); ++i) {
    d.values(i, x.data());
    for (size_t p = 0; p < x.size(); ++p) {
      const uint8_t byte = bytes[20 + 30 + static_cast<size_t>(i) * 144 + p];
      ASSERT_FLOAT_EQ(x[p], static_cast<float>(byte) / 255.0f);
      ASSERT_TRUE(x[p] >= 0 && x[p] <= 1);
    }
  }
}

TEST(Digits, CutAnywhereOrWithMoreBehindIsRefused) {
  const auto whole = fake_digits(2, 1, 3, 3);
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_EQ(refusal({whole.begin(), whole.begin() + static_cast<int64_t>(n)}).code, "bad_asset") << n;
  auto longer = whole;
  longer.push_back(0);
  EXPECT_EQ(refusal(longer).code, "bad_asset");
}

TEST(Digits, TheReasonIsSaid) {
  auto bytes = fake_digits(2, 1, 3, 3);
  auto bad = bytes;
  bad[3] = '2';
  EXPECT_NE(refusal(bad).rule.find("PGD1"), std::string::npos);
  bad = bytes;
  bad[20] = 10;
  EXPECT_NE(refusal(bad).rule.find("labels"), std::string::npos);
  const char* const fields[] = {"n_train", "n_test", "rows", "cols"};
  for (size_t f = 0; f < 4; ++f)
    for (uint8_t high : {uint8_t{0}, uint8_t{255}}) {
      bad = bytes;
      for (size_t i = 0; i < 4; ++i) bad[4 + 4 * f + i] = high;
      const Issue issue = refusal(bad);
      EXPECT_NE(issue.rule.find(fields[f]), std::string::npos);
      EXPECT_EQ(issue.path, "digits");
    }
  // Each field legal, their product far beyond the file.
  bad = bytes;
  bad[5] = 0xff;
  EXPECT_NE(refusal(bad).rule.find("bytes"), std::string::npos);
}

}  // namespace
}  // namespace pg::data
