// The places where data become code, commands or files that run, and what is said of them.
#include "php/characters.h"
#include "php/flow.h"
#include "php/fold.h"

namespace aplomb::php {
namespace {
constexpr uint32_t kBlocksUpMax = 64;
constexpr size_t kManyFunctions = 10;

// A pattern of letters, digits and classes of them: what it matches can carry no code.
bool is_narrow(std::string_view pattern) {
  for (size_t i = 1; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      if (++i < pattern.size() && std::string_view("SWDX").find(pattern[i]) != std::string_view::npos)
        return false;
    } else if (pattern[i] == '.' || (pattern[i] == '[' && i + 1 < pattern.size() && pattern[i + 1] == '^')) {
      return false;
    }
  }
  return true;
}

// Where a replacement that is run as code puts what was matched: as code itself, or only inside a text.
bool match_becomes_code(std::string_view replacement, std::string_view pattern) {
  char quote = 0;
  bool is_within_double = false;
  for (size_t i = 0; i + 1 < replacement.size(); ++i) {
    char c = replacement[i];
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if ((c == '\\' || c == '$') && is(replacement[i + 1], kDigit)) {
      if (quote == 0) return !is_narrow(pattern);
      is_within_double = is_within_double || quote == '"';
    }
  }
  constexpr std::string_view kEverything[] = {"(.*)",   "(.+)",   ".*",   ".+",
                                              "^(.*)$", "^(.+)$", "^.*$", "(^.*$)"};
  if (!is_within_double || pattern.size() < 3) return false;
  std::string_view body = pattern.substr(1, pattern.find_last_not_of("abcdefghijklmnopqrstuvwxyzADSUX") - 1);
  for (std::string_view each : kEverything)
    if (body == each) return true;
  return false;
}

bool is_interactive_shell(std::string_view command) {
  return command.find("/bin/sh -i") != std::string_view::npos ||
         command.find("/bin/bash -i") != std::string_view::npos;
}

// Begins like a program, or holds a page.
bool is_page_or_program(std::string_view text) {
  if (text.starts_with("\x7f"
                       "ELF") ||
      text.starts_with("#!/"))
    return true;
  std::string head = lower(text.substr(0, 2000));
  return head.find("<html") != std::string::npos || head.find("<script") != std::string::npos ||
         head.find("rewriteengine") != std::string::npos;
}
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
  if (is_method(id) && !code.constant.known()) method_executes_ = true;
  if (!collecting_) return;
  if (code.constant.is_text()) {
    std::string text(code.constant.text());
    bool is_encoded = (code.marks & kEncoded) != 0;
    if (is_encoded) {
      report(Rule::decoded_layer, Level::suspicious, id, sink, code);
      report_gate(id, sink);
    }
    if (!text.empty() && seen_layers_.insert(text).second)
      layers_.push_back({std::move(text), syntax_.nodes[id].line, is_encoded, is_file, false});
    if ((code.marks & kForeign) == 0) return;  // otherwise another arm of a branch brings foreign data
  }
  if ((code.marks & (kRequest | kUpload)) != 0) {
    if (is_confined(code)) return;
    report(Rule::request_to_eval, Level::malicious, id, sink, code);
  } else if ((code.marks & kRemote) != 0) {
    report(Rule::remote_code, Level::malicious, id, sink, code);
  } else if ((code.marks & kOwnBytes) != 0) {
    // Encoders of programs that are for sale keep their code there too.
    report(Rule::own_bytes_executed, (code.marks & kUndecoded) != 0 ? Level::suspicious : Level::malicious,
           id, sink, code);
  } else if ((code.marks & kNeighbour) != 0) {
    report(Rule::neighbour_executed, Level::malicious, id, sink, code);
  } else if ((code.marks & kUndecoded) != 0 || ((code.marks & kEncoded) != 0 && !is_method(id))) {
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
  bool both_hidden = (pattern.marks & replacement.marks & (kNeighbour | kOwnBytes | kRemote)) != 0;
  if (both_hidden && pattern.leads && replacement.leads) return sink_code(id, name, replacement);
  if (runs) {
    bool is_fixed = replacement.constant.is_text();
    sink_code(id, name, replacement);
    // With a fixed replacement the subject still becomes code where \0 or \1 stands for it; within a quoted
    // text only if the pattern takes everything.
    bool takes_match = !is_fixed || match_becomes_code(replacement.constant.text(), pattern.constant.text());
    if (takes_match && (subject.marks & kForeign) != 0) sink_code(id, name, subject);
  } else if ((pattern.marks & kRequest) != 0 && pattern.leads && (replacement.marks & kRequest) != 0 &&
             replacement.leads && !is_checked(pattern) && pattern.origin != replacement.origin) {
    report(Rule::request_to_eval, Level::malicious, id, name, pattern);
  }
}

void Flow::sink_command(NodeId id, std::string_view sink, const Value& command) {
  if (collecting_ && command.constant.is_text() && fetches_program(command.constant.text()))
    report(Rule::fetch_and_run, Level::suspicious, id, sink, command);
  if (collecting_ && opens_connection_ && is_interactive_shell(command.constant.text()))
    report(Rule::remote_shell, Level::malicious, id, sink, command);
  if (!collecting_ || (command.marks & (kRequest | kRemote)) == 0 || is_confined(command)) return;
  Level level = weighed(command, command.leads ? Level::malicious : Level::suspicious);
  if (level == Level::none) return;
  report((command.marks & kRequest) != 0 ? Rule::request_to_command : Rule::remote_code, level, id, sink,
         command);
  report_gate(id, sink);
}

// What somebody checks is in order in a program. A script of its own that runs what visitors send keeps its
// questions for whoever planted it: that lowers the level, no more.
Level Flow::weighed(const Value& value, Level unchecked) const {
  if (!is_checked(value)) return unchecked;
  bool is_own = standalone_ && value.leads && (!authorised_ || own_authority_);
  return is_own ? Level::suspicious : Level::none;
}

// Before PHP 5.4 a visitor could set every variable that a script never set (register_globals), and old
// shells count on it.
bool Flow::is_never_assigned(NodeId id) const {
  bool is_text =
      syntax_.nodes[id].kind == NodeKind::interpolated || syntax_.nodes[id].kind == NodeKind::binary;
  NodeId first = is_text ? first_of(id, kBlocksUpMax) : id;
  const Node& node = syntax_.nodes[first];
  if (!standalone_ || node.kind != NodeKind::variable || scope_of(node) != 0 || extracted_from_[0] != 0)
    return false;
  std::string_view name = syntax_.name(node.name);
  if (name.empty() || name == "this" || name[0] == '_' || name == "argv" || name == "GLOBALS" ||
      slots_[first] == kNone)
    return false;
  return !variables_[slots_[first]].ever_assigned && outer_value(node.name, 0) == nullptr;
}

// Another machine is asked only when a search engine comes along: what it answers is meant for the engine.
void Flow::sink_cloaked(NodeId id, std::string_view sink) {
  fetches_[scope_of(syntax_.nodes[id])] = true;
  if (!collecting_ || is_method(id) || !names_crawler_) return;
  if (((gates(syntax_.nodes[id]) | exit_gates_[scope_of(syntax_.nodes[id])]) & kVisitor) != 0)
    report(Rule::cloaked, Level::suspicious, id, sink, Value());
}

// A password of the file's own: what a visitor sends, or its digest, against a digest that stands here.
void Flow::sink_compared(NodeId id, const Value& left, const Value& right) {
  auto is_digest_text = [](std::string_view text) {
    bool is_length = text.size() == 32 || text.size() == 40 || text.size() == 64;
    if (text.starts_with("$2") && text.size() == 60) return true;
    return is_length && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  };
  auto is_asked = [](const Value& value) {
    return (value.marks & (kHashed | kRequest)) != 0 && !value.constant.known();
  };
  if (!collecting_ || is_method(id)) return;
  if ((is_digest_text(left.constant.text()) && is_asked(right)) ||
      (is_digest_text(right.constant.text()) && is_asked(left)))
    report(Rule::own_password, Level::suspicious, id, "==", Value());
}

// A script of its own that shows or opens up whatever file a visitor names.
void Flow::sink_path(NodeId id, std::string_view name, const Value& path) {
  bool is_chosen = (path.marks & kRequest) != 0 && path.leads;
  if (!collecting_ || !is_chosen || !standalone_ || authorised_ || is_method(id) || is_checked(path)) return;
  report(Rule::request_to_file, Level::suspicious, id, name, path);
}

// udp://, to wherever a visitor says.
void Flow::sink_connection(NodeId id, std::string_view name, std::span<const NodeId> arguments) {
  if (!collecting_ || arguments.empty() || (value(arguments[0]).marks & kRequest) == 0) return;
  std::string_view written =
      syntax_.source.substr(syntax_.nodes[first_of(arguments[0], kBlocksUpMax)].offset, 8);
  if (written.find("udp://") != std::string_view::npos)
    report(Rule::flood, Level::suspicious, id, name, value(arguments[0]));
}

// php:function('system', …) in a style sheet.
bool Flow::calls_executor(std::string_view source) const {
  constexpr std::string_view kCall = ":function";
  for (size_t at = source.find(kCall); at != std::string_view::npos; at = source.find(kCall, at + 1)) {
    size_t begin = at + kCall.size();
    if (source.substr(begin).starts_with("String")) begin += 6;
    begin = std::min(source.find_first_not_of("(\\'\" ", begin), source.size());
    size_t end = begin;
    while (end < source.size() && is(source[end], kNameByte)) ++end;
    Role role = facts(lower(source.substr(begin, end - begin))).role;
    if (role == Role::execute || role == Role::command) return true;
  }
  return false;
}

void Flow::sink_unset(NodeId id, std::string_view sink, NodeId argument) {
  if (collecting_ && is_never_assigned(argument))
    report(Rule::unset_executed, Level::suspicious, id, sink, value(argument));
}

void Flow::sink_include(NodeId id, const Value& path) {
  if (!collecting_) return;
  if (path.constant.is_text()) include_constant(id, path);
  auto written = written_paths_.find(excerpt(syntax_.children_of(id)[0]));
  if (written != written_paths_.end() && written->second.leads && !authorised_)
    report((written->second.marks & kRemote) != 0 ? Rule::remote_code : Rule::request_to_eval,
           Level::malicious, id, "include", written->second);
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
  bool is_hidden = (callable.marks & kUndecoded) != 0 && !callable.constant.known();
  if (is_hidden && (callable.marks & kForeign) == 0 && (others.marks & kRequest) != 0 && !is_method(id))
    report(Rule::computed_call, Level::suspicious, id, sink, others);
  if ((callable.marks & kForeign) == 0 || !callable.leads) return;
  if (is_checked(callable)) return;
  bool both = (others.marks & kForeign) != 0;
  // In a large program a name that comes along through many functions was looked up somewhere on the way.
  uint32_t from = callable.origin != 0 ? origins_[callable.origin].scope : 0;
  constexpr uint32_t kNearLines = 25;
  uint32_t line = syntax_.nodes[id].line, came_in = callable.origin != 0 ? origins_[callable.origin].line : 0;
  bool is_near = functions_.size() + methods_.size() < kManyFunctions ||
                 (from == scope_of(syntax_.nodes[id]) && line >= came_in && line - came_in <= kNearLines);
  report(Rule::request_to_callback, both && is_near ? Level::malicious : Level::suspicious, id, sink,
         callable);
  report_gate(id, sink);
}

void Flow::sink_written(NodeId id, std::string_view name, std::span<const NodeId> arguments,
                        FunctionFacts known) {
  if (!collecting_ || arguments.size() <= known.place) return;
  const Value& path = value(arguments[0]);
  const Value& content = value(arguments[known.place]);
  if (content.constant.is_text()) return written_code(id, content);
  if (authorised_ && !(own_authority_ && standalone_)) return;
  bool to_code =
      (path.constant.is_text() && is_code_name(path.constant.text())) || (path.marks & kCodePath) != 0;
  bool is_named = (path.marks & kRequest) != 0 && path.ends && standalone_ && content.leads && !path.leads;
  bool anywhere = is_named || ((path.marks & kRequest) != 0 && path.leads &&
                               (!is_checked(path) || (own_authority_ && standalone_)));
  if ((content.marks & (kRequest | kUpload | kRemote)) == 0) return;
  if (name == "file_put_contents") written_paths_.try_emplace(excerpt(arguments[0]), content);
  if ((!to_code && !anywhere) || is_method(id)) return;
  // Data in the middle of a text are a setting that is saved, more often than code.
  if (!content.leads && !(anywhere && standalone_)) return;
  if (is_named && is_checked(path)) return;
  bool is_clear = content.leads && !is_named && !content.in_code && standalone_ && !authorised_ &&
                  (to_code || !is_checked(path));
  report(Rule::request_to_written_code, is_clear ? Level::malicious : Level::suspicious, id, name, content);
  report_gate(id, name);
}

// A text that is known and holds PHP is judged like any code, wherever it is written.
void Flow::written_code(NodeId id, const Value& content) {
  constexpr size_t kLeast = 12;
  std::string text(content.constant.text());
  bool is_code = text.find("<?") != std::string::npos && text.size() >= kLeast;
  if ((content.marks & kEncoded) != 0 && is_page_or_program(text) && !is_method(id))
    report(Rule::hidden_write, Level::suspicious, id, "fwrite", content);
  if (is_code && seen_layers_.insert(text).second)
    layers_.push_back({std::move(text), syntax_.nodes[id].line, (content.marks & kEncoded) != 0, true, true});
}

void Flow::sink_moved(NodeId id, std::string_view name, std::span<const NodeId> arguments) {
  if (!collecting_ || arguments.size() < 2 || is_method(id)) return;
  const Value& from = value(arguments[0]);
  const Value& to = value(arguments[1]);
  bool foreign_content = (from.marks & (kUpload | kRemote)) != 0 ||
                         ((from.marks & kRequest) != 0 && from.leads && name == "copy");
  bool is_excused = authorised_ && !(own_authority_ && standalone_);
  // Whether it is an upload at all is asked by programs, which then ask more elsewhere.
  bool is_program = functions_.size() >= kManyFunctions &&
                    syntax_.source.find("is_uploaded_file") != std::string_view::npos;
  if (is_program || !foreign_content || is_excused || (!authorised_ && is_checked(from))) return;
  bool to_code = (to.constant.is_text() && is_code_name(to.constant.text())) || (to.marks & kCodePath) != 0;
  bool named_by_visitor = (to.marks & kRequest) != 0 && (authorised_ || !is_checked(to));
  if (to_code || named_by_visitor)
    report(Rule::request_to_written_code, standalone_ && !authorised_ ? Level::malicious : Level::suspicious,
           id, name, from);
}

bool Flow::is_spread(NodeId argument) const {
  size_t offset = syntax_.nodes[first_of(argument, kBlocksUpMax)].offset;
  std::string_view before =
      syntax_.source.substr(0, std::min(offset, syntax_.nodes[argument].offset + size_t{0}));
  size_t end = before.find_last_not_of(" \t\r\n");
  return end != std::string_view::npos && before.substr(0, end + 1).ends_with("...");
}

// Handing eval, assert or a command over as a callback is hardly ever honest.
void Flow::sink_named_callback(NodeId id, std::string_view sink, const Value& callable, const Value& others) {
  if (!collecting_) return;
  if (!callable.constant.is_text()) return sink_callable(id, sink, callable, others);
  FunctionFacts named = facts(lower(callable.constant.text()));
  if (named.role != Role::execute && named.role != Role::command) return;
  bool is_fed = (others.marks & (kRequest | kRemote)) != 0;
  report(Rule::executing_callback, is_fed ? Level::malicious : Level::suspicious, id,
         std::string(sink) + "(" + lower(callable.constant.text()) + ")", others);
}

void Flow::sink_method(NodeId id, std::string_view method, const Value& object,
                       std::span<const NodeId> arguments) {
  int place = callback_place(method);
  if (method == "registerphpfunctions" && collecting_ && calls_executor(syntax_.source))
    report(Rule::executing_callback, Level::suspicious, id, "registerPHPFunctions", object);
  if (place < 0 || arguments.size() <= static_cast<size_t>(place)) return;
  sink_named_callback(id, method, value(arguments[static_cast<size_t>(place)]), object);
}

// filter_var($data, FILTER_CALLBACK, ['options' => 'function'])
void Flow::sink_filter(NodeId id, std::span<const NodeId> arguments) {
  if (arguments.size() < 2) return;
  const Value& options = value(arguments.back());
  const Constant* named =
      options.constant.is_array() ? options.constant.find(Constant::of(std::string("options"))) : nullptr;
  if (named == nullptr || !named->is_text()) {
    if ((options.marks & kRequest) != 0) sink_callable(id, "filter_var", options, value(arguments[0]));
    return;
  }
  auto own = functions_.find(lower(named->text()));
  if (own != functions_.end()) {
    call_scopes(own->second, arguments.first(1));
    return;
  }
  Value callable;
  callable.constant = *named;
  sink_named_callback(id, "filter_var", callable, value(arguments[0]));
}

// An account of an administrator, or a login, for whoever asks.
void Flow::sink_account(NodeId id, std::string_view name, std::span<const NodeId> arguments) {
  if (!collecting_ || arguments.empty() || authorised_ || is_method(id)) return;
  Value all;
  bool is_fixed = true;
  for (NodeId argument : arguments) {
    all.mix(value(argument));
    is_fixed = is_fixed && value(argument).constant.known();
  }
  bool by_request = (all.marks & kRequest) != 0 && !is_checked(all);
  bool makes = name == "wp_create_user" || name == "wp_insert_user";
  if (makes && names_administrator_ && (by_request || is_fixed))
    report(Rule::account_made, Level::malicious, id, name, all);
  if (!makes && (by_request || (names_administrator_ && name == "wp_set_auth_cookie")))
    report(Rule::account_made, Level::suspicious, id, name, all);
}

// A file that deletes itself, and dates others back to look old.
void Flow::traces(NodeId id, std::string_view name, std::span<const NodeId> arguments) {
  if (!collecting_ || arguments.empty()) return;
  if (name == "unlink" && (value(arguments[0]).marks & kSelfPath) != 0) deletes_itself_ = id;
  if (name == "touch" && arguments.size() > 1) dates_back_ = id;
  if (deletes_itself_ != kNone && dates_back_ != kNone)
    report(Rule::covers_tracks, Level::suspicious, deletes_itself_, "unlink", Value());
}

void Flow::sink_unserialize(NodeId id, std::span<const NodeId> arguments) {
  if (arguments.size() != 1) return;  // the second argument limits the classes
  const Value& data = value(arguments[0]);
  bool may_run = standalone_ || method_executes_;
  if (!may_run || (data.marks & kRequest) == 0 || is_checked(data)) return;
  report(Rule::request_to_unserialize, Level::suspicious, id, "unserialize", data);
}

void Flow::sink_mail(NodeId id, std::span<const NodeId> arguments) {
  if (arguments.empty() || !syntax_.blocks[syntax_.nodes[id].block].is_loop || authorised_) return;
  const Value& to = value(arguments[0]);
  if ((to.marks & kRequest) != 0) report(Rule::mass_mail, Level::suspicious, id, "mail", to);
}

}  // namespace aplomb::php
