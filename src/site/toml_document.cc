#include "site/toml_document.h"

// The header-only form without exceptions; the packaged shared library is built with them.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <toml++/toml.h>
#pragma GCC diagnostic pop

#include "base/messages.h"

namespace aplomb::site {
namespace {

constexpr size_t kTextMax = 1 << 20;

TomlNode convert(const toml::node& node) {
  TomlNode result;
  result.line = node.source().begin.line;
  if (auto text = node.as_string()) {
    result.value = text->get();
  } else if (auto integer = node.as_integer()) {
    result.value = integer->get();
  } else if (auto real = node.as_floating_point()) {
    result.value = real->get();
  } else if (auto boolean = node.as_boolean()) {
    result.value = boolean->get();
  } else if (auto array = node.as_array()) {
    std::vector<TomlNode> items;
    for (const toml::node& item : *array) items.push_back(convert(item));
    result.value = std::move(items);
  } else if (auto table = node.as_table()) {
    std::map<std::string, TomlNode> items;
    for (const auto& [key, item] : *table) items.emplace(std::string(key.str()), convert(item));
    result.value = std::move(items);
  }
  return result;
}

}  // namespace

Result<TomlTable> TomlTable::parse(std::string_view text, const std::string& file) {
  if (text.size() > kTextMax)
    return fail(make_error(Code::config, tr("the file is larger than 1 MiB")).at(file));
  toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return fail(make_error(Code::config, tr("this is not TOML: {}", error.description()))
                    .at(tr("{}, line {}", file, error.source().begin.line))
                    .then(tr("correct this line")));
  }
  TomlNode root = convert(parsed.table());
  return TomlTable(std::get<std::map<std::string, TomlNode>>(std::move(root.value)), file, "", 1);
}

const TomlNode* TomlTable::find(const std::string& key) {
  asked_.insert(key);
  auto found = nodes_.find(key);
  return found == nodes_.end() ? nullptr : &found->second;
}

Error TomlTable::error(const std::string& key, std::string what, std::string next) const {
  auto found = nodes_.find(key);
  uint32_t line = found == nodes_.end() ? line_ : found->second.line;
  return make_error(Code::config, std::move(what))
      .at(tr("{}, line {}, {}", file_, line, prefix_ + key))
      .then(next.empty() ? tr("correct this key") : next);
}

Result<std::string> TomlTable::text(const std::string& key, std::string_view otherwise) {
  const TomlNode* node = find(key);
  if (!node) return std::string(otherwise);
  if (auto value = std::get_if<std::string>(&node->value)) return *value;
  return fail(error(key, tr("this must be a text"), tr("put it between double quotes")));
}

Result<std::vector<std::string>> TomlTable::texts(const std::string& key,
                                                  std::vector<std::string> otherwise) {
  const TomlNode* node = find(key);
  if (!node) return otherwise;
  Error wrong = error(key, tr("this must be a list of texts"), tr("write it as [\"first\", \"second\"]"));
  auto items = std::get_if<std::vector<TomlNode>>(&node->value);
  if (!items) return fail(wrong);
  std::vector<std::string> result;
  for (const TomlNode& item : *items) {
    auto value = std::get_if<std::string>(&item.value);
    if (!value) return fail(wrong);
    result.push_back(*value);
  }
  return result;
}

Result<std::vector<Glob>> TomlTable::globs(const std::string& key) {
  std::vector<Glob> result;
  for (const std::string& pattern : TRY(texts(key))) {
    Result<Glob> glob = Glob::parse(pattern);
    if (!glob) return fail(error(key, glob.error().what));
    result.push_back(std::move(*glob));
  }
  return result;
}

Result<uint64_t> TomlTable::number(const std::string& key, uint64_t otherwise, uint64_t lowest,
                                   uint64_t highest) {
  const TomlNode* node = find(key);
  if (!node) return otherwise;
  auto value = std::get_if<int64_t>(&node->value);
  if (!value || *value < 0 || static_cast<uint64_t>(*value) < lowest ||
      static_cast<uint64_t>(*value) > highest)
    return fail(error(key, tr("this must be a whole number from {} to {}", lowest, highest)));
  return static_cast<uint64_t>(*value);
}

Result<TomlTable> TomlTable::table(const std::string& key) {
  const TomlNode* node = find(key);
  if (!node) return TomlTable({}, file_, prefix_ + key + ".", line_);
  auto items = std::get_if<std::map<std::string, TomlNode>>(&node->value);
  if (!items) return fail(error(key, tr("this must be a section"), tr("write it as [{}]", prefix_ + key)));
  return TomlTable(*items, file_, prefix_ + key + ".", node->line);
}

Result<std::vector<TomlTable>> TomlTable::tables(const std::string& key) {
  const TomlNode* node = find(key);
  std::vector<TomlTable> result;
  if (!node) return result;
  Error wrong = error(key, tr("this must be a section with double brackets"), tr("write it as [[{}]]", key));
  auto items = std::get_if<std::vector<TomlNode>>(&node->value);
  if (!items) return fail(wrong);
  for (const TomlNode& item : *items) {
    auto fields = std::get_if<std::map<std::string, TomlNode>>(&item.value);
    if (!fields) return fail(wrong);
    result.push_back(TomlTable(*fields, file_, prefix_ + key + ".", item.line));
  }
  return result;
}

Status TomlTable::finish() const {
  for (const auto& [key, node] : nodes_) {
    if (asked_.contains(key)) continue;
    std::string known;
    for (const std::string& name : asked_) known += (known.empty() ? "" : ", ") + name;
    return fail(error(key, tr("this key is not known here"), tr("the keys known here are: {}", known)));
  }
  return {};
}

std::string toml_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace aplomb::site
