#include "recover/wordpress_secrets.h"

#include <algorithm>
#include <set>

#include "crypto/crypto.h"

namespace aplomb::recover {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kPhpass = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr int kRoundsLog2 = 13;
constexpr size_t kKeySize = 20, kPasswordSize = 40, kSaltSize = 8;

// phpass' own base 64: the low six bits first.
std::string encoded(ByteView bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t value = 0;
    size_t left = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < left; ++k) value |= static_cast<uint32_t>(bytes[i + k]) << (8 * k);
    for (size_t k = 0; k <= left; ++k) out += kPhpass[(value >> (6 * k)) & 63];
  }
  return out;
}

std::string hash_of_word(Random& random, std::string_view word) {
  return portable_hash(word, random_word(random, kSaltSize));
}

std::string text_of(const site::Value& value) {
  if (auto number = std::get_if<int64_t>(&value.data)) return std::to_string(*number);
  return std::string(value.bytes().value_or(std::string_view()));
}

// A row's values by the names of their columns.
class Fields {
 public:
  explicit Fields(const site::Table& table) : table_(table) {}
  std::string operator()(const site::Row& row, std::string_view column) const {
    auto place = table_.column(column);
    return place ? text_of(row.values[*place]) : std::string();
  }
  bool has(std::string_view column) const { return table_.column(column).has_value(); }

 private:
  const site::Table& table_;
};

}  // namespace

std::string random_word(Random& random, size_t size) {
  std::string word;
  while (word.size() < size) {
    uint8_t byte = 0;
    random.fill({&byte, 1});
    if (byte < 4 * kLetters.size()) word += kLetters[byte % kLetters.size()];  // each letter as likely
  }
  return word;
}

std::string portable_hash(std::string_view password, std::string_view salt) {
  Bytes text(salt.begin(), salt.end());
  text.insert(text.end(), password.begin(), password.end());
  auto sum = crypto::md5(text);
  for (int i = 0; i < 1 << kRoundsLog2; ++i) {
    text.assign(sum.begin(), sum.end());
    text.insert(text.end(), password.begin(), password.end());
    sum = crypto::md5(text);
  }
  return "$P$" + std::string(1, kPhpass[kRoundsLog2]) + std::string(salt) + encoded(sum);
}

std::vector<std::string> wordpress_keys() {
  return {"AUTH_KEY",  "SECURE_AUTH_KEY",  "LOGGED_IN_KEY",  "NONCE_KEY",
          "AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT"};
}

WordPressSecrets wordpress_secrets(const site::Database& database, const std::string& prefix, Time now,
                                   Random& random) {
  WordPressSecrets out;
  const site::Table *users = database.find(prefix + "users"), *meta = database.find(prefix + "usermeta"),
                    *options = database.find(prefix + "options");
  if (!users || !meta) return out;
  out.users = users->name;
  std::set<std::string> administrators;  // by their ID
  const Fields field(*meta);
  for (const site::Row& row : meta->rows) {
    std::string name = field(row, "meta_key");
    if (name == prefix + "capabilities" &&
        field(row, "meta_value").find("\"administrator\"") != std::string::npos)
      administrators.insert(field(row, "user_id"));
    bool application = name == "_application_passwords";
    if (!application && name != "session_tokens") continue;
    ++(application ? out.application_passwords : out.sessions);
    out.repair.rows.push_back({meta->name, row.key, site::RowAction::remove, {}});
  }
  const Fields of_user(*users);
  for (const site::Row& row : users->rows) {
    if (!administrators.contains(of_user(row, "ID"))) continue;
    std::string key = random_word(random, kKeySize);
    std::string activation = std::to_string(now.ns / 1'000'000'000) + ":" + hash_of_word(random, key);
    // A password that nobody knows: the old one is refused, whoever read it.
    std::string password = hash_of_word(random, random_word(random, kPasswordSize));
    site::RowChange change{users->name, row.key, site::RowAction::put, {}};
    change.values.emplace_back("user_pass", site::Value{std::move(password)});
    if (of_user.has("user_activation_key"))
      change.values.emplace_back("user_activation_key", site::Value{std::move(activation)});
    out.repair.rows.push_back(std::move(change));
    out.administrators.push_back({of_user(row, "user_login"), std::move(key), row.key});
  }
  if (!options) return out;
  std::set<std::string> kept{"secret_key"};  // WordPress makes what is missing anew
  for (const std::string& name : wordpress_keys()) kept.insert(site::fold_case(name));
  const Fields of_option(*options);
  for (const site::Row& row : options->rows)
    if (kept.contains(of_option(row, "option_name")))
      out.repair.rows.push_back({options->name, row.key, site::RowAction::remove, {}});
  return out;
}

}  // namespace aplomb::recover
