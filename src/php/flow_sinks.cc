// The places where data become code, commands or files that run, and what is said of them.
#include "php/characters.h"
#include "php/flow.h"
#include "php/fold.h"

namespace aplomb::php {
namespace {
constexpr uint32_t kBlocksUpMax = 64;
}  // namespace

void Flow::report(Rule rule, Level level, NodeId at, std::string_view sink, const Value& value) {
  if (!collecting_ || hits_.size() >= meter_.limits().findings) return;
  uint64_t key = static_cast<uint64_t>(at) << 8 | static_cast<uint64_t>(rule);
  if (!reported_.insert(key).second) return;
  Hit hit;
  hit.rule = rule;
  hit.level = level;
  hit.line = syntax_.nodes[at].line;
  hit.sink = std::string(sink);
  if (value.origin != 0) {
    hit.origin = origins_[value.origin].label;
    hit.origin_line = origins_[value.origin].line;
  }
  hits_.push_back(std::move(hit));
}

bool Flow::is_checked(const Value& value) const {
  if ((value.marks & kChecked) != 0 || authorised_) return true;
  return value.origin != 0 && checked_labels_.contains(origins_[value.origin].label);
}

bool Flow::is_confined(const Value& value) const {
  if ((value.marks & kConfined) != 0) return true;
  return value.origin != 0 && confined_labels_.contains(origins_[value.origin].label);
}

// On what the blocks around the node depend: the clock, the visitor.
uint16_t Flow::gates(const Node& node) const {
  uint16_t found = 0;
  uint32_t block = node.block;
  for (uint32_t i = 0; i < kBlocksUpMax && block != kNone; ++i) {
    const Block& here = syntax_.blocks[block];
    if (here.condition != kNone)
      found = static_cast<uint16_t>(found | (values_[here.condition].marks & kGate));
    block = here.parent;
  }
  return found;
}

void Flow::report_gate(NodeId at, std::string_view sink) {
  const Node& node = syntax_.nodes[at];
  if (collecting_ && (gates(node) | exit_gates_[scope_of(node)]) != 0)
    report(Rule::dormant_gate, Level::suspicious, at, sink, Value());
}

void Flow::sink_code(NodeId id, std::string_view sink, const Value& code, bool is_file) {
  if (!collecting_) return;
  if (code.constant.is_text()) {
    std::string text(code.constant.text());
    bool is_encoded = (code.marks & kEncoded) != 0;
    if (is_encoded) {
      report(Rule::decoded_layer, Level::suspicious, id, sink, code);
      report_gate(id, sink);
    }
    if (!text.empty() && seen_layers_.insert(text).second)
      layers_.push_back({std::move(text), syntax_.nodes[id].line, is_encoded, is_file});
    if ((code.marks & kForeign) == 0) return;  // otherwise another arm of a branch brings foreign data
  }
  if ((code.marks & (kRequest | kUpload)) != 0) {
    if (is_confined(code)) return;
    report(Rule::request_to_eval, Level::malicious, id, sink, code);
  } else if ((code.marks & kRemote) != 0) {
    report(Rule::remote_code, Level::malicious, id, sink, code);
  } else if ((code.marks & kOwnBytes) != 0) {
    report(Rule::own_bytes_executed, Level::malicious, id, sink, code);
  } else if ((code.marks & kNeighbour) != 0) {
    report(Rule::neighbour_executed, Level::malicious, id, sink, code);
  } else if ((code.marks & (kUndecoded | kEncoded)) != 0) {
    report(Rule::opaque_execution, Level::opaque, id, sink, code);
  } else {
    return;
  }
  report_gate(id, sink);
}

void Flow::sink_replace(NodeId id, std::string_view name, std::span<const NodeId> arguments) {
  if (arguments.size() < 3 || !collecting_) return;
  const Value& pattern = value(arguments[0]);
  bool runs = false;
  if (name.starts_with("mb_")) {
    runs = arguments.size() > 3 && value(arguments[3]).constant.text().find('e') != std::string_view::npos;
  } else if (pattern.constant.is_array()) {
    for (const auto& [key, item] : pattern.constant.items()) runs = runs || runs_replacement(item.text());
  } else {
    runs = runs_replacement(pattern.constant.text());
  }
  const Value& replacement = value(arguments[1]);
  const Value& subject = value(arguments[2]);
  if (runs) {
    bool is_fixed = replacement.constant.is_text();
    sink_code(id, name, replacement);
    // With a fixed replacement the subject still becomes code where \0 or \1 stands for it.
    bool takes_match =
        !is_fixed || replacement.constant.text().find_first_of("\\$") != std::string_view::npos;
    if (takes_match && (subject.marks & kForeign) != 0) sink_code(id, name, subject);
  } else if ((pattern.marks & kRequest) != 0 && pattern.leads && (replacement.marks & kRequest) != 0 &&
             replacement.leads && !is_checked(pattern) && pattern.origin != replacement.origin) {
    report(Rule::request_to_eval, Level::malicious, id, name, pattern);
  }
}

void Flow::sink_command(NodeId id, std::string_view sink, const Value& command) {
  if (!collecting_ || (command.marks & (kRequest | kRemote)) == 0 || is_checked(command)) return;
  report((command.marks & kRequest) != 0 ? Rule::request_to_command : Rule::remote_code,
         command.leads ? Level::malicious : Level::suspicious, id, sink, command);
  report_gate(id, sink);
}

void Flow::sink_include(NodeId id, const Value& path) {
  if (!collecting_) return;
  if (path.constant.is_text()) include_constant(id, path);
  if ((path.marks & (kRequest | kUpload | kRemote)) == 0 || !path.leads) return;
  if ((path.marks & kUpload) == 0 && is_checked(path)) return;
  report(Rule::request_to_include, Level::malicious, id, "include", path);
  report_gate(id, "include");
}

void Flow::include_constant(NodeId id, const Value& path) {
  std::string name = lower(path.constant.text());
  Value content = read_from(id, path);
  if (name.starts_with("data:")) return sink_code(id, "include", content, true);
  if ((content.marks & kRemote) != 0)
    return report(Rule::remote_code, Level::malicious, id, "include", content);
  if ((content.marks & kRequest) != 0)
    return report(Rule::request_to_include, Level::malicious, id, "include", content);
  if (!is_data_name(name)) return;
  bool is_hidden = (path.marks & kEncoded) != 0;
  if (!is_hidden && (path.marks & kBareword) != 0) return;  // part of the path is not known
  bool may_be_template = name.ends_with(".txt") || name.ends_with(".dat") || name.ends_with(".log");
  if (may_be_template && !is_hidden) return;
  report(Rule::neighbour_executed, is_hidden ? Level::malicious : Level::suspicious, id, "include", content);
}

// A function whose very name comes from the request is a backdoor when its arguments do too.
void Flow::sink_callable(NodeId id, std::string_view sink, const Value& callable, const Value& others) {
  if (!collecting_) return;
  if ((callable.marks & kSelfPath) != 0 && (others.marks & kRequest) != 0)  // the name of the file names it
    return report(Rule::request_to_callback, Level::malicious, id, sink, others);
  if ((callable.marks & kForeign) == 0 || !callable.leads) return;
  if (is_checked(callable)) return;
  bool both = (others.marks & kForeign) != 0;
  report(Rule::request_to_callback, both ? Level::malicious : Level::suspicious, id, sink, callable);
  report_gate(id, sink);
}

void Flow::sink_written(NodeId id, std::string_view name, std::span<const NodeId> arguments,
                        FunctionFacts known) {
  if (!collecting_ || arguments.size() <= known.place) return;
  const Value& path = value(arguments[0]);
  const Value& content = value(arguments[known.place]);
  if (authorised_) return;
  bool to_code =
      (path.constant.is_text() && is_code_name(path.constant.text())) || (path.marks & kCodePath) != 0;
  bool anywhere = (path.marks & kRequest) != 0 && path.leads && !is_checked(path);
  if (!to_code && !anywhere) return;
  if ((content.marks & (kRequest | kUpload | kRemote)) == 0) return;
  report(Rule::request_to_written_code, Level::malicious, id, name, content);
  report_gate(id, name);
}

void Flow::sink_moved(NodeId id, std::string_view name, std::span<const NodeId> arguments) {
  if (!collecting_ || arguments.size() < 2) return;
  const Value& from = value(arguments[0]);
  const Value& to = value(arguments[1]);
  bool foreign_content = (from.marks & (kUpload | kRemote)) != 0 ||
                         ((from.marks & kRequest) != 0 && from.leads && name == "copy");
  if (!foreign_content || authorised_ || is_checked(from)) return;
  bool to_code = to.constant.is_text() && is_code_name(to.constant.text());
  bool named_by_visitor = (to.marks & kRequest) != 0 && !is_checked(to);
  if (to_code || named_by_visitor) report(Rule::request_to_written_code, Level::malicious, id, name, from);
}

void Flow::sink_unserialize(NodeId id, std::span<const NodeId> arguments) {
  if (arguments.size() != 1) return;  // the second argument limits the classes
  const Value& data = value(arguments[0]);
  if ((data.marks & kRequest) == 0 || is_checked(data)) return;
  report(Rule::request_to_unserialize, Level::suspicious, id, "unserialize", data);
}

void Flow::sink_mail(NodeId id, std::span<const NodeId> arguments) {
  if (arguments.empty() || !syntax_.blocks[syntax_.nodes[id].block].is_loop || authorised_) return;
  const Value& to = value(arguments[0]);
  if ((to.marks & kRequest) != 0) report(Rule::mass_mail, Level::suspicious, id, "mail", to);
}

}  // namespace aplomb::php
