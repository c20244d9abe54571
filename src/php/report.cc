#include "php/report.h"

#include "base/messages.h"

namespace aplomb::php {
namespace {

struct Wording {
  std::string_view rule;
  const char* message;   // origin line, origin, sink, sink line; without an origin: sink, sink line
  const char* in_layer;  // the same behind the line that decodes the layer
  bool names_origin;
};

Wording wording(Rule rule) {
  switch (rule) {
    case Rule::request_to_eval:
      return {"php-request-to-eval",
              tr_later("line {}: request data ({}) reach {} at line {}, which runs them as PHP"),
              tr_later("in the code that line {} decodes and runs: line {}: request data ({}) reach {} at "
                       "line {}, which runs them as PHP"),
              true};
    case Rule::request_to_command:
      return {
          "php-request-to-command",
          tr_later(
              "line {}: request data ({}) reach {} at line {}, which runs them as a command of the system"),
          tr_later("in the code that line {} decodes and runs: line {}: request data ({}) reach {} at line "
                   "{}, which runs them as a command of the system"),
          true};
    case Rule::request_to_include:
      return {"php-request-to-include",
              tr_later("line {}: request data ({}) choose the file that {} at line {} runs"),
              tr_later("in the code that line {} decodes and runs: line {}: request data ({}) choose the "
                       "file that {} at line {} runs"),
              true};
    case Rule::request_to_callback:
      return {"php-request-to-callback",
              tr_later("line {}: request data ({}) choose the function that {} at line {} calls"),
              tr_later("in the code that line {} decodes and runs: line {}: request data ({}) choose the "
                       "function that {} at line {} calls"),
              true};
    case Rule::request_to_written_code:
      return {
          "php-request-to-written-code",
          tr_later(
              "line {}: request data ({}) are written by {} at line {} into a file that the server may run"),
          tr_later("in the code that line {} decodes and runs: line {}: request data ({}) are written by {} "
                   "at line {} into a file that the server may run"),
          true};
    case Rule::request_to_unserialize:
      return {"php-request-to-unserialize",
              tr_later("line {}: request data ({}) reach {} at line {}, which makes objects of them"),
              tr_later("in the code that line {} decodes and runs: line {}: request data ({}) reach {} at "
                       "line {}, which makes objects of them"),
              true};
    case Rule::remote_code:
      return {"php-remote-code",
              tr_later("line {}: the answer of another machine ({}) reaches {} at line {}, which runs it"),
              tr_later("in the code that line {} decodes and runs: line {}: the answer of another machine "
                       "({}) reaches {} at line {}, which runs it"),
              true};
    case Rule::own_bytes_executed:
      return {"php-own-bytes-executed",
              tr_later("line {}: bytes hidden in the file itself ({}) reach {} at line {}, which runs them"),
              tr_later("in the code that line {} decodes and runs: line {}: bytes hidden in the file itself "
                       "({}) reach {} at line {}, which runs them"),
              true};
    case Rule::neighbour_executed:
      return {
          "php-neighbour-executed",
          tr_later("line {}: a file that is no code by its name ({}) reaches {} at line {}, which runs it"),
          tr_later("in the code that line {} decodes and runs: line {}: a file that is no code by its name "
                   "({}) reaches {} at line {}, which runs it"),
          true};
    case Rule::decoded_layer:
      return {"php-decoded-layer", tr_later("{} at line {} runs code that was hidden in an encoded text"),
              tr_later("in the code that line {} decodes and runs: {} at line {} runs code that was hidden "
                       "in an encoded text"),
              false};
    case Rule::opaque_execution:
      return {
          "php-opaque-execution", tr_later("{} at line {} runs code that could not be decoded"),
          tr_later(
              "in the code that line {} decodes and runs: {} at line {} runs code that could not be decoded"),
          false};
    case Rule::disguised_call:
      return {"php-disguised-call",
              tr_later("the call of {} at line {} is written so that the name cannot be read"),
              tr_later("in the code that line {} decodes and runs: the call of {} at line {} is written so "
                       "that the name cannot be read"),
              false};
    case Rule::dormant_gate:
      return {"php-dormant-gate",
              tr_later("{} at line {} runs only at certain times or for certain visitors"),
              tr_later("in the code that line {} decodes and runs: {} at line {} runs only at certain times "
                       "or for certain visitors"),
              false};
    case Rule::executing_callback:
      return {
          "php-executing-callback",
          tr_later(
              "{} at line {} hands a function that runs code or commands to another one as its callback"),
          tr_later(
              "in the code that line {} decodes and runs: {} at line {} hands a function that runs code or "
              "commands to another one as its callback"),
          false};
    case Rule::computed_call:
      return {
          "php-computed-call",
          tr_later(
              "line {}: request data ({}) are handed to {} at line {}, a function whose name is put together "
              "while the code runs"),
          tr_later("in the code that line {} decodes and runs: line {}: request data ({}) are handed to {} "
                   "at line "
                   "{}, a function whose name is put together while the code runs"),
          true};
    case Rule::account_made:
      return {
          "php-account-made",
          tr_later("{} at line {} makes an account or logs somebody in, and nothing asks who the visitor is"),
          tr_later("in the code that line {} decodes and runs: {} at line {} makes an account or logs "
                   "somebody in, "
                   "and nothing asks who the visitor is"),
          false};
    case Rule::covers_tracks:
      return {
          "php-covers-tracks",
          tr_later("{} at line {} deletes this very file, and it gives other files an older date"),
          tr_later(
              "in the code that line {} decodes and runs: {} at line {} deletes this very file, and it gives "
              "other files an older date"),
          false};
    case Rule::cloaked:
      return {"php-cloaked-content",
              tr_later("{} at line {} asks another machine what to show, and only for certain visitors; the "
                       "code names "
                       "search engines"),
              tr_later("in the code that line {} decodes and runs: {} at line {} asks another machine what "
                       "to show, and "
                       "only for certain visitors; the code names search engines"),
              false};
    case Rule::unset_executed:
      return {"php-unset-executed",
              tr_later("{} at line {} runs a variable that nothing in this file sets: old settings of PHP "
                       "let visitors set it"),
              tr_later("in the code that line {} decodes and runs: {} at line {} runs a variable that "
                       "nothing in this file "
                       "sets: old settings of PHP let visitors set it"),
              false};
    case Rule::fetch_and_run:
      return {"php-fetch-and-run",
              tr_later("{} at line {} fetches a program from another machine and starts it"),
              tr_later("in the code that line {} decodes and runs: {} at line {} fetches a program from "
                       "another machine "
                       "and starts it"),
              false};
    case Rule::remote_shell:
      return {
          "php-remote-shell",
          tr_later("{} at line {} starts a shell for whoever is at the other end of a connection"),
          tr_later("in the code that line {} decodes and runs: {} at line {} starts a shell for whoever is "
                   "at the other end of a connection"),
          false};
    case Rule::own_password:
      return {
          "php-own-password",
          tr_later("{} at line {} compares what a visitor sends with the digest of a password that stands "
                   "in the file itself"),
          tr_later("in the code that line {} decodes and runs: {} at line {} compares what a visitor sends "
                   "with the digest of a password that stands in the file itself"),
          false};
    case Rule::hidden_write:
      return {
          "php-hidden-write",
          tr_later("{} at line {} writes a page or program that was hidden in an encoded text"),
          tr_later("in the code that line {} decodes and runs: {} at line {} writes a page or program that "
                   "was hidden in an encoded text"),
          false};
    case Rule::request_to_file:
      return {
          "php-request-to-file",
          tr_later("line {}: request data ({}) choose the file that {} at line {} shows or opens up"),
          tr_later("in the code that line {} decodes and runs: line {}: request data ({}) choose the file "
                   "that {} at line {} shows or opens up"),
          true};
    case Rule::flood:
      return {"php-flood",
              tr_later("line {}: request data ({}) choose the machine that {} at line {} sends packets to"),
              tr_later("in the code that line {} decodes and runs: line {}: request data ({}) choose the "
                       "machine that {} at line {} sends packets to"),
              true};
    case Rule::mass_mail:
      return {"php-mass-mail",
              tr_later("line {}: request data ({}) choose to whom {} at line {} writes in a loop"),
              tr_later("in the code that line {} decodes and runs: line {}: request data ({}) choose to whom "
                       "{} at line {} writes in a loop"),
              true};
  }
  return {};
}

}  // namespace

Finding finding(const Hit& hit, uint32_t outer_line) {
  Wording words = wording(hit.rule);
  Finding made;
  made.level = hit.level;
  made.rule = words.rule;
  made.line = outer_line != 0 ? outer_line : hit.line;
  made.reason.message = outer_line != 0 ? words.in_layer : words.message;
  if (outer_line != 0) made.reason.arguments.push_back(std::to_string(outer_line));
  if (words.names_origin) {
    made.reason.arguments.push_back(std::to_string(hit.origin_line));
    made.reason.arguments.push_back(hit.origin);
  }
  made.reason.arguments.push_back(hit.sink);
  made.reason.arguments.push_back(std::to_string(hit.line));
  return made;
}

}  // namespace aplomb::php
