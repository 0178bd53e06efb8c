#include "labs/pictures.h"

#include "data/digits.h"

namespace pg {

Pictures packed_pictures(const std::string& asset, int most) {
  const std::vector<uint8_t>* bytes = find_asset(asset);
  if (!bytes) fail("needs_asset", asset, "provided before the lab is made", "");
  data::Digits d = data::parse_digits(bytes->data(), bytes->size(), asset.c_str());
  Pictures p;
  p.rows = d.rows;
  p.cols = d.cols;
  p.n_train = std::min(most, d.n_train);
  p.n_test = d.n_test;
  const auto only = [&](std::vector<uint8_t>& of, int each) { of.erase(of.begin() + static_cast<int64_t>(p.n_train) * each, of.begin() + static_cast<int64_t>(d.n_train) * each); };
  only(d.labels, 1);
  only(d.pixels, d.picture());
  p.pixels = std::move(d.pixels);
  p.labels.assign(d.labels.begin(), d.labels.end());
  for (int c = 0; c < data::kDigitClasses; ++c) p.classes.push_back(std::to_string(c));
  return p;
}

int example_arg(const Pictures& p, const Json& args) {
  if (!member(args, "x").is_null()) return -1;
  const std::string split = member(args, "split").is_null() ? "test" : text_arg(args, "split");
  if (split != "train" && split != "test") fail("bad_argument", "split", "train or test", shown(split));
  const bool train = split == "train";
  return (train ? 0 : p.n_train) + integer_arg(args, "example", 0, 0, (train ? p.n_train : p.n_test) - 1);
}

void picture_arg(const Pictures& p, const Json& args, float* to) {
  const int example = example_arg(p, args);
  if (example >= 0) return p.values(example, to);
  const Json& x = member(args, "x");
  const std::string rule = std::to_string(p.size()) + " numbers from 0 to 1";
  if (!x.is_array() || static_cast<int>(x.size()) != p.size()) fail("bad_argument", "x", rule, shown(x));
  for (const Json& v : x) {
    if (!v.is_number() || !(v.get<double>() >= 0 && v.get<double>() <= 1)) fail("bad_argument", "x", rule, shown(v));
    *to++ = v.get<float>();
  }
}

bool read_answers(const std::string& name, const Pictures& p, const std::vector<int32_t>& predicted, TensorOut& out) {
  const auto truth = [&](int i) { return p.labels[static_cast<size_t>(p.n_train + i)]; };
  out.is_integer = true;
  if (name == "labels") {
    out.shape = {p.n_test, 2};
    for (int i = 0; i < p.n_test; ++i) out.integers.insert(out.integers.end(), {truth(i), predicted[static_cast<size_t>(i)]});
  } else if (name == "confusion") {
    const int64_t classes = static_cast<int64_t>(p.classes.size());
    out.shape = {classes, classes};
    out.integers.assign(static_cast<size_t>(classes * classes), 0);
    for (int i = 0; i < p.n_test; ++i) ++out.integers[static_cast<size_t>(truth(i) * classes + predicted[static_cast<size_t>(i)])];
  } else {
    out.is_integer = false;
    return false;
  }
  return true;
}

}  // namespace pg
