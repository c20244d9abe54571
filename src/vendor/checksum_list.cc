#include "vendor/checksum_list.h"

#include <nlohmann/json.hpp>

#include "base/messages.h"

namespace aplomb::vendor {
namespace {

using nlohmann::json;

constexpr size_t kDepthMax = 8;

enum class Form { core, plugin };

// Events of the parser. `keys_` holds the key at which each open object stands; a list does not add one.
class Taker {
 public:
  explicit Taker(Form form) : form_(form) {}
  Listing take() { return std::move(listing_); }

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(json::number_integer_t) { return true; }
  bool number_unsigned(json::number_unsigned_t) { return true; }
  bool number_float(json::number_float_t, const std::string&) { return true; }
  bool binary(json::binary_t&) { return true; }
  bool start_object(size_t) {
    keys_.emplace_back();
    return ++depth_ <= kDepthMax;
  }
  bool key(std::string& key) {
    keys_.back() = key;
    return true;
  }
  bool end_object() {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(size_t) { return ++depth_ <= kDepthMax; }
  bool end_array() {
    --depth_;
    return true;
  }
  bool parse_error(size_t, const std::string&, const json::exception&) { return false; }

  bool string(std::string& value) {
    if (form_ == Form::core)
      return keys_.size() != 2 || keys_[0] != "checksums" || take_sum(keys_[1], "md5", value);
    return keys_.size() != 3 || keys_[0] != "files" || take_sum(keys_[1], keys_[2], value);
  }

 private:
  // A sum that is none says that this is no such list.
  bool take_sum(const std::string& path, std::string_view kind, const std::string& value) {
    Sums sums;
    if (kind == "sha256") {
      auto sum = Sha256::parse(value);
      if (!sum) return false;
      sums.sha256.push_back(*sum);
    } else if (kind == "md5") {
      auto sum = Md5::parse(value);
      if (!sum) return false;
      sums.md5.push_back(*sum);
    } else {
      return true;
    }
    return add(listing_, path, std::move(sums));
  }

  Form form_;
  std::vector<std::string> keys_;
  size_t depth_ = 0;
  Listing listing_;
};

Result<Listing> parse(ByteView text, Form form) {
  Taker taker(form);
  if (!json::sax_parse(text.begin(), text.end(), &taker))
    return fail(Code::corrupt, tr("the answer is no list of checksums"));
  return taker.take();
}

}  // namespace

Result<Listing> parse_core_checksums(ByteView json) {
  return parse(json, Form::core);
}

Result<Listing> parse_plugin_checksums(ByteView json) {
  return parse(json, Form::plugin);
}

}  // namespace aplomb::vendor
