// Data flow inside one source: where foreign data come in, through which variables, functions and decoders
// they pass, and what runs them. The nodes are evaluated in the order of the text, several times, until the
// marks no longer change; marks only ever grow, both arms of every branch count, and a function's parameters
// collect what all its calls in this file hand in. Only an assignment that surely stands between (same block
// or one around it, no loop, no goto) replaces what a variable held. What is executed as a known constant is
// handed out as a layer, for the caller to analyse in turn.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/finding.h"
#include "php/budget.h"
#include "php/functions.h"
#include "php/syntax.h"
#include "php/value.h"

namespace aplomb::php {

enum class Rule : uint8_t {
  request_to_eval,
  request_to_command,
  request_to_include,
  request_to_callback,
  request_to_written_code,
  request_to_unserialize,
  remote_code,
  own_bytes_executed,
  neighbour_executed,
  decoded_layer,
  opaque_execution,
  disguised_call,
  dormant_gate,
  mass_mail,
  executing_callback,  // eval, assert or a command handed over as a callback
  computed_call,       // request data for a function whose name the program puts together
  account_made,        // an administrator made, or a visitor logged in, without anybody asking who he is
  covers_tracks,       // deletes itself and dates other files back
  cloaked,             // another machine is asked for what search engines are to see
  unset_executed,      // a variable that nothing ever sets is run
  fetch_and_run,       // a command that fetches a program and starts it
  remote_shell,        // a shell for whoever is at the other end of a connection
  own_password,        // request data, or their digest, compared with a digest that stands in the file
  hidden_write,        // a page or program that was hidden in an encoded text is written to a file
  request_to_file,     // request data choose the file that is shown or whose mode changes
  flood,               // request data choose the machine that packets are sent to
};

// What the flow found, before it is put into words.
struct Hit {
  Rule rule = Rule::request_to_eval;
  Level level = Level::suspicious;
  uint32_t line = 0;         // of the sink
  uint32_t origin_line = 0;  // of the source; 0 when there is none
  std::string origin;        // the source as written
  std::string sink;          // the sink as written
};

struct LayerCode {
  std::string code;
  uint32_t line = 0;
  bool encoded = false;     // it was hidden, not merely quoted
  bool is_file = false;     // runs as a file: starts outside of PHP
  bool is_written = false;  // to a file, for later
};

// What the code around a layer has put into its variables: eval() runs in their scope.
using Environment = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

class Flow {
 public:
  Flow(const Syntax& syntax, Meter& meter, std::shared_ptr<const Environment> outer = nullptr);
  void run();
  const std::vector<Hit>& hits() const { return hits_; }
  std::vector<LayerCode> take_layers() { return std::move(layers_); }
  std::shared_ptr<const Environment> environment() const;  // for the layers

 private:
  struct Origin {
    std::string label;
    uint32_t line = 0;
    uint32_t scope = 0;
  };
  struct Variable {
    Value last;                // assigned last, in the order of the text
    Value all;                 // marks of everything ever assigned
    Constant only;             // the constant of this pass, while all assignments agree
    Constant previous_only;    // the same of the pass before
    NodeId holder = kNone;     // the assignment whose own value shares the constant
    uint32_t block = 0;        // where `last` was assigned
    uint32_t assignments = 0;  // in this pass
    bool ever_assigned = false;
    bool disagree = false;
    bool built_in_loop = false;  // its constant changes from turn to turn
    bool begins_empty = false;   // … and starts from an empty text
    bool set_in_loop =
        false;            // some assignment stands in a loop: the text's order is not the order of events
    uint16_t checks = 0;  // kChecked, kConfined
  };
  using Key = uint64_t;
  enum Space : uint32_t {
    kProperties = UINT32_MAX - 1,
    kConstants = UINT32_MAX - 2,
    kClassConstants = UINT32_MAX - 3
  };

  // flow.cc: passes and variables
  void collect_functions();
  void collect_circumstances();
  NameId name_id(std::string_view name);
  void find_loop_built();
  void mark_loop(NodeId target, bool is_built);
  bool mentions(NodeId root, NameId variable, uint32_t scope) const;
  NodeId first_of(NodeId root, uint32_t levels_max = UINT32_MAX) const;
  void pass();
  void evaluate_range(NodeId begin, NodeId end);
  void evaluate(NodeId id);
  uint32_t scope_of(const Node& node) const { return syntax_.blocks[node.block].scope; }
  Variable& variable(uint32_t scope, NameId name);
  Variable& variable_of(NodeId variable_node);
  Value read(Variable& variable, const Node& node, uint32_t scope);
  void assign(Variable& variable, Value value, uint32_t block, bool conditional = false);
  bool surely_before(const Variable& variable, const Node& node) const;
  Value foreign(uint16_t marks, NodeId node);
  uint32_t origin(NodeId node);
  std::string excerpt(NodeId node) const;

  // flow_nodes.cc: expressions
  Value leaf(NodeId id);
  Value variable_node(NodeId id, NameId name);
  Value constant_name(NodeId id);
  Value index(NodeId id);
  Value member(NodeId id);
  Value unary(NodeId id);
  Value cast(NodeId id);
  Value binary(NodeId id);
  Value concatenated(Value left, const Value& right);
  Value interpolated(NodeId id);
  Value array(NodeId id);
  Value mixed_children(NodeId id, size_t from);
  Value assignment(NodeId id);
  void assign_to(NodeId target, const Value& value, uint32_t block);
  void assign_index(NodeId target, const Value& value, uint32_t block);
  void bind_each(NodeId id);

  // flow_calls.cc: calls
  Value call(NodeId id);
  Value call_by_name(NodeId id, std::string_view name, std::span<const NodeId> arguments, bool is_disguised);
  Value call_function(NodeId id, std::string_view name, std::span<const NodeId> arguments,
                      FunctionFacts facts);
  void write_back(const std::vector<uint32_t>& scopes, std::span<const NodeId> arguments, uint32_t block);
  Value call_elements(const std::vector<uint32_t>& scopes, const Value& array);
  Value call_scopes(const std::vector<uint32_t>& scopes, std::span<const NodeId> arguments);
  Value call_scope(uint32_t scope, std::span<const Value> arguments);
  Value inlined(uint32_t scope, std::span<const Value> arguments);
  Value opened(NodeId id, const Value& path);
  Value read_from(NodeId id, const Value& path);
  void extracted(NodeId id, std::string_view name, std::span<const NodeId> arguments);
  void checked(NodeId argument, uint16_t how = kChecked);
  void defined(std::span<const NodeId> arguments, uint32_t block);
  const Value& value(NodeId id) const { return values_[id]; }

  // flow_sinks.cc: what executes
  void sink_code(NodeId id, std::string_view sink, const Value& code, bool is_file = false);
  void sink_replace(NodeId id, std::string_view name, std::span<const NodeId> arguments);
  void sink_command(NodeId id, std::string_view sink, const Value& command);
  void sink_include(NodeId id, const Value& path);
  void include_constant(NodeId id, const Value& path);
  void sink_callable(NodeId id, std::string_view sink, const Value& callable, const Value& others);
  void sink_written(NodeId id, std::string_view name, std::span<const NodeId> arguments, FunctionFacts facts);
  void sink_moved(NodeId id, std::string_view name, std::span<const NodeId> arguments);
  void sink_unserialize(NodeId id, std::span<const NodeId> arguments);
  void sink_mail(NodeId id, std::span<const NodeId> arguments);
  void sink_method(NodeId id, std::string_view method, const Value& object,
                   std::span<const NodeId> arguments);
  void sink_named_callback(NodeId id, std::string_view sink, const Value& callable, const Value& others);
  void sink_filter(NodeId id, std::span<const NodeId> arguments);
  void sink_account(NodeId id, std::string_view name, std::span<const NodeId> arguments);
  void written_code(NodeId id, const Value& content);
  void traces(NodeId id, std::string_view name, std::span<const NodeId> arguments);
  bool is_method(NodeId id) const {
    return syntax_.scopes[scope_of(syntax_.nodes[id])].kind == Scope::Kind::method;
  }
  bool is_spread(NodeId argument) const;
  Level weighed(const Value& value, Level unchecked) const;
  bool is_never_assigned(NodeId id) const;
  void sink_compared(NodeId id, const Value& left, const Value& right);
  void sink_path(NodeId id, std::string_view name, const Value& path);
  void sink_connection(NodeId id, std::string_view name, std::span<const NodeId> arguments);
  bool calls_executor(std::string_view stylesheet) const;
  void sink_cloaked(NodeId id, std::string_view sink);
  void sink_unset(NodeId id, std::string_view sink, NodeId argument);
  void report(Rule rule, Level level, NodeId at, std::string_view sink, const Value& value);
  void report_gate(NodeId at, std::string_view sink);
  uint16_t gates(const Node& node) const;
  bool is_checked(const Value& value) const;
  bool is_confined(const Value& value) const;

  const Value* outer_value(NameId name, uint32_t scope) const;

  const Syntax& syntax_;
  Meter& meter_;
  std::shared_ptr<const Environment> outer_;
  std::vector<Value> values_;
  std::vector<Variable> variables_;
  std::vector<uint32_t> slots_;  // by node: its variable, once it was looked up
  std::unordered_map<Key, uint32_t> variable_ids_;
  std::unordered_map<Key, uint32_t> aliases_;  // a captured or global variable is the outer one
  std::unordered_map<std::string_view, std::vector<uint32_t>> functions_, methods_;
  std::vector<Value> results_;  // by scope
  std::vector<uint32_t>
      extracted_from_;                // by scope: an origin; 0 when nothing made variables out of a request
  std::vector<bool> fetches_;         // by scope: it, or a function that it calls, asks another machine
  std::vector<uint16_t> exit_gates_;  // by scope: conditions under which it was left early
  std::vector<Origin> origins_;
  std::unordered_map<NodeId, uint32_t> origin_ids_;
  std::unordered_set<std::string> checked_labels_, confined_labels_;
  std::unordered_set<uint64_t> reported_;
  std::unordered_set<std::string> seen_layers_;
  std::vector<uint32_t> inlining_;
  uint32_t inline_left_ = 1'000'000;  // nodes that calls with constants may still evaluate again
  std::vector<Hit> hits_;
  std::vector<LayerCode> layers_;
  std::unordered_map<std::string, NameId> more_names_;    // names that only decoded texts hold
  std::unordered_map<std::string, Value> written_paths_;  // paths as written: foreign content goes there
  bool authorised_ = false;
  bool own_authority_ = false;  // … of a function that this very file defines
  bool standalone_ = false;     // a script of its own, no part of a program
  bool names_administrator_ = false;
  bool names_crawler_ = false;
  bool opens_connection_ = false;
  bool method_executes_ = false;  // eval, in a method, of something that is not fixed
  NodeId deletes_itself_ = kNone, dates_back_ = kNone;
  bool changed_ = false;
  bool in_method_ = false;
  bool collecting_ = false;
};

}  // namespace aplomb::php
