#include "php/value.h"

#include <charconv>
#include <cmath>

#include "php/characters.h"

namespace aplomb::php {
namespace {
constexpr uint32_t kArrayDepthMax = 32;
}

Constant Constant::of(bool value) {
  Constant made(Type::boolean);
  made.integer_ = value ? 1 : 0;
  return made;
}
Constant Constant::of(int64_t value) {
  Constant made(Type::integer);
  made.integer_ = value;
  return made;
}
Constant Constant::of(double value) {
  Constant made(Type::floating);
  made.floating_ = value;
  return made;
}
Constant Constant::of(std::string value) {
  Constant made(Type::text);
  made.body_ = std::make_shared<Body>();
  made.body_->text = std::move(value);
  return made;
}
Constant Constant::of(Items items) {
  Constant made(Type::array);
  made.body_ = std::make_shared<Body>();
  for (auto& [key, value] : items) {
    if (key.type_ == Type::integer && key.integer_ < INT64_MAX)
      made.body_->next_index = std::max(made.body_->next_index, key.integer_ + 1);
    value = made.nested(value);
  }
  made.body_->items = std::move(items);
  return made;
}

Constant Constant::nested(const Constant& value) {
  if (value.type_ != Type::array || !value.body_) return value;
  if (value.body_->depth >= kArrayDepthMax) return of_null();
  Body& body = own();
  body.depth = std::max(body.depth, value.body_->depth + 1);
  return value;
}

Constant::Body& Constant::own() {
  if (!body_) {
    body_ = std::make_shared<Body>();
  } else if (body_.use_count() > 1) {
    body_ = std::make_shared<Body>(*body_);
  }
  return *body_;
}

const Constant::Items& Constant::items() const {
  static const Items kEmpty;
  return body_ && type_ == Type::array ? body_->items : kEmpty;
}

std::string Constant::to_text() const {
  switch (type_) {
    case Type::boolean:
      return integer_ != 0 ? "1" : "";
    case Type::integer:
      return std::to_string(integer_);
    case Type::floating: {
      char buffer[64];
      auto end = std::to_chars(buffer, buffer + sizeof buffer, floating_, std::chars_format::general, 17);
      if (std::floor(floating_) == floating_ && std::fabs(floating_) < 1e15)
        return std::to_string(static_cast<int64_t>(floating_));
      return {buffer, end.ptr};
    }
    case Type::text:
      return body_->text;
    case Type::array:
      return "Array";
    default:
      return "";
  }
}

int64_t Constant::to_integer() const {
  switch (type_) {
    case Type::boolean:
    case Type::integer:
      return integer_;
    case Type::floating:
      return std::isfinite(floating_) && std::fabs(floating_) < 9e18 ? static_cast<int64_t>(floating_) : 0;
    case Type::text: {
      double value = to_floating();
      int64_t exact = 0;
      std::string_view digits = text();
      while (!digits.empty() && is(digits[0], kSpace)) digits.remove_prefix(1);
      if (digits.starts_with('+')) digits.remove_prefix(1);
      auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exact);
      bool is_decimal = error == std::errc() &&
                        (end == digits.data() + digits.size() || (*end != '.' && lower(*end) != 'e'));
      if (is_decimal) return exact;
      return std::isfinite(value) && std::fabs(value) < 9e18 ? static_cast<int64_t>(value) : 0;
    }
    case Type::array:
      return items().empty() ? 0 : 1;
    default:
      return 0;
  }
}

double Constant::to_floating() const {
  if (type_ == Type::floating) return floating_;
  if (type_ != Type::text) return static_cast<double>(to_integer());
  std::string_view digits = text();
  while (!digits.empty() && is(digits[0], kSpace)) digits.remove_prefix(1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double value = 0;
  if (!digits.empty() && (is(digits[0], kDigit) || digits[0] == '-' || digits[0] == '.'))
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool Constant::to_boolean() const {
  switch (type_) {
    case Type::text:
      return !text().empty() && text() != "0";
    case Type::floating:
      return floating_ != 0;
    default:
      return to_integer() != 0;
  }
}

void Constant::append(std::string_view more) {
  if (type_ != Type::text) *this = of(to_text());
  own().text.append(more);
}

void Constant::put(const Constant& key, const Constant& value) {
  Body& body = own();
  for (auto& [existing, held] : body.items)
    if (existing == key) {
      held = nested(value);
      return;
    }
  if (key.type_ == Type::integer && key.integer_ >= body.next_index && key.integer_ < INT64_MAX)
    body.next_index = key.integer_ + 1;
  body.items.emplace_back(key, nested(value));
}

void Constant::push_back(const Constant& value) {
  Body& body = own();
  body.items.emplace_back(of(body.next_index), nested(value));
  if (body.next_index < INT64_MAX) ++body.next_index;
}

const Constant* Constant::find(const Constant& key) const {
  const Items& all = items();
  Constant wanted = key;
  if (key.type_ == Type::text) {  // "5" is 5
    int64_t number = key.to_integer();
    if (std::to_string(number) == key.text()) wanted = of(number);
  } else if (key.type_ != Type::integer) {
    wanted = key.type_ == Type::null ? of(std::string()) : of(key.to_integer());
  }
  if (wanted.type_ == Type::integer && wanted.integer_ >= 0 &&
      static_cast<uint64_t>(wanted.integer_) < all.size()) {
    const auto& guess = all[static_cast<size_t>(wanted.integer_)];  // a plain list holds n at place n
    if (guess.first.type_ == Type::integer && guess.first.integer_ == wanted.integer_) return &guess.second;
  }
  for (const auto& [existing, held] : all)
    if (existing == wanted) return &held;
  return nullptr;
}

bool Constant::operator==(const Constant& other) const {
  if (type_ != other.type_) return false;
  switch (type_) {
    case Type::unknown:
    case Type::null:
      return true;
    case Type::floating:
      return floating_ == other.floating_;
    case Type::text:
      return body_ == other.body_ || text() == other.text();
    case Type::array:
      return body_ == other.body_;  // identity: deep comparison would recurse
    default:
      return integer_ == other.integer_;
  }
}

}  // namespace aplomb::php
