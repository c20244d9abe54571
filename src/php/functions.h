// What the analysis knows about PHP's own functions: which of them execute, which hand data in, which pass it
// on. Everything that is not in the table is taken to return nothing of the attacker's.
#pragma once

#include <cstdint>
#include <string_view>

namespace aplomb::php {

enum class Role : uint8_t {
  none,
  execute,      // argument `place` is run as PHP
  replace,      // preg_replace and its kin: run code when the pattern says so
  command,      // argument `place` is run by the system
  callback,     // argument `place` names a function that is called with others
  write,        // file_put_contents, fwrite: content `place`, path or handle first
  move,         // move_uploaded_file, copy: from first, to second
  open,         // path first, returns a handle
  read,         // path or handle first, returns content
  request,      // returns request data
  environment,  // getenv: request data when it is asked for HTTP_…
  remote,       // returns another machine's answer
  neighbour,    // returns data hidden in an image
  pass,         // returns what its arguments are made of
  check,        // compares argument `place` with what is expected
  escape,       // returns it harmless
  clock,
  extract,  // turns an array or text into variables
  unserialize,
  mail,
  define,
  filter,   // filter_var: its options may name a function
  account,  // makes an account or logs somebody in
  trace,    // unlink, touch
  expose,   // shows a file, or changes who may use it
};

struct FunctionFacts {
  Role role = Role::none;
  uint8_t place = 0;
};
FunctionFacts facts(std::string_view lower_name);
// False for nearly all names of which nothing is known, without looking them up; in any case.
bool may_be_known(std::string_view name);

// Methods that take the name of a function: at which place. -1 for all others.
int callback_place(std::string_view lower_method);
bool names_crawler(std::string_view text);  // a search engine's, in a text that may be a pattern
// A command line that fetches a file and starts it, or pipes it into an interpreter.
bool fetches_program(std::string_view command);

bool is_connection(std::string_view lower_name);     // opens a socket to somewhere
bool is_digest(std::string_view lower_name);         // md5, sha1 and their kin
bool is_authorisation(std::string_view lower_name);  // asks who the visitor is or what he may do
bool is_request_array(std::string_view name);        // $_GET and its kin, without the $
bool is_request_key(std::string_view server_key);    // keys of $_SERVER that the visitor writes
// A pattern like /…/e, which makes preg_replace run its replacement (until PHP 7).
bool runs_replacement(std::string_view pattern);
bool is_code_name(std::string_view path);  // a file name that servers run: .php, .phtml, .htaccess …
bool is_data_name(std::string_view path);  // images, texts, fonts: never meant to be run

}  // namespace aplomb::php
