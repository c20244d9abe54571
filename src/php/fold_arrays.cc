// The folding of functions that take or make arrays.
#include <algorithm>

#include "php/characters.h"
#include "php/fold_call.h"

namespace aplomb::php {

bool slice(int64_t size, int64_t start, int64_t length, bool has_length, size_t& from, size_t& count) {
  if (start < 0) start = std::max<int64_t>(0, start + size);
  if (start > size) return false;
  int64_t end = !has_length ? size : length < 0 ? size + length : start + std::min(length, size - start);
  end = std::min(end, size);
  from = static_cast<size_t>(start);
  count = end > start ? static_cast<size_t>(end - start) : 0;
  return true;
}

Constant array_slice(const Call& call) {
  if (!call.is_array(0)) return {};
  const Constant::Items& items = call.arguments[0].items();
  size_t from = 0, count = 0;
  Constant out = Constant::of(Constant::Items());
  bool has_length = call.count() > 2 && call.arguments[2].type() != Constant::Type::null;
  if (!call.meter.spend_steps(items.size()) || !slice(static_cast<int64_t>(items.size()), call.integer(1, 0),
                                                      call.integer(2, 0), has_length, from, count))
    return {};
  for (size_t i = from; i < from + count; ++i) out.push_back(items[i].second);
  return out;
}

Constant implode(const Call& call) {
  size_t list = call.is_array(0) ? 0 : 1;
  if (!call.is_array(list)) return {};
  std::string glue = call.count() > 1 ? call.text(1 - list) : std::string();
  std::string out;
  bool first = true;
  for (const auto& [key, value] : call.arguments[list].items()) {
    if (!first) out += glue;
    first = false;
    out += value.to_text();
    if (!call.meter.spend_steps(1) || out.size() > call.meter.bytes_left()) return {};
  }
  return call.made(std::move(out));
}

Constant explode(const Call& call) {
  std::string separator = call.text(0), text = call.text(1);
  if (separator.empty()) return {};
  Constant out = Constant::of(Constant::Items());
  size_t start = 0;
  int64_t limit = call.integer(2, INT64_MAX);
  while (true) {
    size_t found = limit > 1 ? text.find(separator, start) : std::string::npos;
    if (!call.meter.spend_bytes(64)) return {};
    out.push_back(Constant::of(text.substr(start, found == std::string::npos ? found : found - start)));
    if (found == std::string::npos) return out;
    start = found + separator.size();
    --limit;
  }
}

Constant str_split(const Call& call) {
  std::string text = call.text(0);
  int64_t size = call.integer(1, 1);
  if (size < 1) return {};
  Constant out = Constant::of(Constant::Items());
  for (size_t i = 0; i < text.size(); i += static_cast<size_t>(std::min<int64_t>(size, UINT32_MAX))) {
    if (!call.meter.spend_bytes(64)) return {};
    out.push_back(Constant::of(text.substr(i, static_cast<size_t>(size))));
  }
  return out;
}

Constant reversed_items(const Call& call) {
  if (!call.is_array(0) || !call.meter.spend_steps(call.arguments[0].items().size())) return {};
  Constant out = Constant::of(Constant::Items());
  const Constant::Items& items = call.arguments[0].items();
  for (size_t i = items.size(); i-- > 0;) out.push_back(items[i].second);
  return out;
}

Constant merged(const Call& call) {
  Constant out = Constant::of(Constant::Items());
  for (const Constant& list : call.arguments)
    for (const auto& [key, value] : list.items()) {
      if (!call.meter.spend_steps(out.items().size() / 16 + 1)) return {};
      if (key.is_text())
        out.put(key, value);
      else
        out.push_back(value);
    }
  return out;
}

Constant range(const Call& call) {
  std::string first = call.text(0), last = call.text(1);
  bool letters = call.count() > 1 && call.arguments[0].is_text() && !first.empty() && !last.empty() &&
                 !is(first[0], kDigit);
  int64_t from = letters ? static_cast<unsigned char>(first[0]) : call.integer(0, 0);
  int64_t to = letters ? static_cast<unsigned char>(last[0]) : call.integer(1, 0);
  if (from < -100000 || from > 100000 || to < -100000 || to > 100000) return {};
  Constant out = Constant::of(Constant::Items());
  for (int64_t i = from;; i += to >= from ? 1 : -1) {
    if (!call.meter.spend_bytes(64)) return {};
    out.push_back(letters ? Constant::of(std::string(1, static_cast<char>(i))) : Constant::of(i));
    if (i == to) return out;
  }
}

Constant item_at_end(const Call& call, bool last) {
  if (!call.is_array(0) || call.arguments[0].items().empty()) return {};
  const Constant::Items& items = call.arguments[0].items();
  return last ? items.back().second : items.front().second;
}

Constant keys_of(const Call& call) {
  if (call.count() != 1 || !call.is_array(0)) return {};
  Constant out = Constant::of(Constant::Items());
  for (const auto& [key, value] : call.arguments[0].items()) {
    if (!call.meter.spend_bytes(64)) return {};
    out.push_back(key);
  }
  return out;
}

Constant flipped(const Call& call) {
  if (!call.is_array(0)) return {};
  Constant out = Constant::of(Constant::Items());
  for (const auto& [key, value] : call.arguments[0].items()) {
    if (value.is_array() || !call.meter.spend_steps(out.items().size() / 8 + 1)) return {};
    out.put(value.is_text() ? value : Constant::of(value.to_integer()), key);
  }
  return out;
}

Constant difference(const Call& call) {
  if (!call.is_array(0)) return {};
  Constant out = Constant::of(Constant::Items());
  for (const auto& [key, value] : call.arguments[0].items()) {
    bool is_elsewhere = false;
    for (size_t i = 1; i < call.count() && !is_elsewhere; ++i)
      for (const auto& [ignored, other] : call.arguments[i].items()) {
        if (!call.meter.spend_steps(1)) return {};
        is_elsewhere = is_elsewhere || other.to_text() == value.to_text();
      }
    if (!is_elsewhere) out.put(key, value);
  }
  return out;
}

}  // namespace aplomb::php
