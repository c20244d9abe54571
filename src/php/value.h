// What is known about the value of an expression: its constant, when folding found one, and its marks: where
// it came from. Constants are PHP's own: null, booleans, integers, floats, strings, arrays.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aplomb::php {

class Constant {
 public:
  enum class Type : uint8_t { unknown, null, boolean, integer, floating, text, array };
  using Items = std::vector<std::pair<Constant, Constant>>;  // keys are integers or texts, in order

  Constant() = default;
  static Constant of_null() { return Constant(Type::null); }
  static Constant of(bool value);
  static Constant of(int64_t value);
  static Constant of(double value);
  static Constant of(std::string value);
  static Constant of(Items items);

  Type type() const { return type_; }
  bool known() const { return type_ != Type::unknown; }
  bool is_text() const { return type_ == Type::text; }
  bool is_array() const { return type_ == Type::array; }
  bool is_number() const { return type_ == Type::integer || type_ == Type::floating; }

  // As PHP converts them; an array converts to nothing useful.
  std::string_view text() const { return body_ && type_ == Type::text ? body_->text : std::string_view(); }
  std::string to_text() const;
  int64_t to_integer() const;
  double to_floating() const;
  bool to_boolean() const;
  const Items& items() const;
  bool is_shared() const { return body_.use_count() > 1; }

  // Appends in place when nobody else holds the text, so that a long concatenation stays linear.
  void append(std::string_view more);
  void put(const Constant& key, const Constant& value);  // arrays
  void push_back(const Constant& value);
  const Constant* find(const Constant& key) const;

  bool operator==(const Constant& other) const;

 private:
  struct Body {
    std::string text;
    Items items;
    int64_t next_index = 0;
    uint32_t depth = 1;  // of arrays in arrays: limited, for they are destroyed recursively
  };
  explicit Constant(Type type) : type_(type) {}
  Body& own();  // copy on write
  Constant nested(
      const Constant& value);  // what may be stored inside: the value, or null where it nests too deep

  Type type_ = Type::unknown;
  union {
    int64_t integer_ = 0;
    double floating_;
  };
  std::shared_ptr<Body> body_;
};

// Where a value came from.
enum Mark : uint16_t {
  kRequest = 1,       // sent by whoever asks for the page
  kUpload = 2,        // the file that came with a request
  kRemote = 4,        // the answer of another machine
  kOwnBytes = 8,      // read from the file itself
  kNeighbour = 16,    // read from a file beside it that is not code
  kUndecoded = 32,    // came out of a decoder whose input is not known
  kEncoded = 64,      // known, and came out of a decoder
  kSelfPath = 128,    // the path of the file itself
  kTime = 256,        // depends on the clock
  kVisitor = 512,     // depends on who visits: host, referrer, user agent, address, cookie
  kBuilt = 1024,      // a text put together from pieces
  kCodePath = 2048,   // a handle on a file that is named like executable code
  kChecked = 4096,    // the program compares it with what it expects
  kBareword = 16384,  // holds a name that this file does not define, taken for its own text
  kHashed = 32768,    // a digest of request data
  kConfined = 8192,   // … so narrowly (letters, digits, _ - .) that it can carry no code
};
constexpr uint16_t kForeign = kRequest | kUpload | kRemote | kOwnBytes | kNeighbour;
constexpr uint16_t kGate = kTime | kVisitor;

struct Value {
  Constant constant;
  uint16_t marks = 0;
  bool is_server = false;  // the whole of $_SERVER, under another name
  bool ends = false;       // … at its very end
  bool in_code = false;    // it leads behind other code, as a part of it
  bool leads = false;  // foreign data stands at the very beginning, so that it alone decides what the text is
  uint32_t closure = 0;  // the scope of a function expression; 0 is none
  uint32_t origin = 0;   // where the foreign data came in; 0 is nowhere

  void mix(const Value& other) {
    marks |= other.marks;
    leads = leads || other.leads;
    ends = ends || other.ends;
    in_code = in_code || other.in_code;
    if (origin == 0) origin = other.origin;
  }
};

// The value came out of a decoding operation: readable now, or not.
inline void add_decoding(Value& value, bool when_unknown) {
  if (value.constant.is_text()) {
    value.marks |= kEncoded | kBuilt;
  } else if (when_unknown) {
    value.marks |= kUndecoded;
  }
}

}  // namespace aplomb::php
