// The manifest: the root object of a snapshot. It names the trees of the site's folders, the copies of its
// databases, the pages as visitors saw them, and the facts of the machine. Pure: values to bytes and back.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "vault/tree.h"

namespace aplomb::archive {

// Bytes; a decoder refuses more.
constexpr size_t kPathMax = 4096, kTextMax = 255;
constexpr char kSeenName[] =
    "seen";  // the voucher, and the file of the state, that lists every content ever saved
// Files of the state that end so, in this folder of it, are signed commits a site was deployed from.
constexpr char kDeployments[] = "deployments", kDeploymentEnding[] = ".deployment";
constexpr uint64_t kVoucherMax = 512ull * 1024 * 1024;  // one voucher; larger ones are not kept

struct RootEntry {
  std::string path;   // absolute, on the machine it was taken from
  std::string label;  // prefix of its object paths: empty when the site has one root
  vault::Node node;   // the folder itself; its content is the tree
};

struct DatabaseEntry {
  std::string name;         // unique in the site: "town.db"
  std::string engine;       // "sqlite", "mariadb"
  std::string path;         // absolute, on the machine it was taken from; of a server: its address
  std::string object_path;  // where it lies in a root, "data/town.db"; empty when outside all roots
  vault::Node node;         // the consistent copy; mode and owner are the live file's
};

struct PageEntry {
  std::string url_path;  // "/news/3"
  std::string content_type;
  Sha256 hash;
  vault::ObjectRef content;
};

// What vouches for packages of the system: a package, an index, a signed release file. Believed only as far
// as the signature reaches (vendor/debian_proof.h).
struct VoucherEntry {
  std::string name;
  Sha256 hash;
  vault::ObjectRef content;
};

// What could not be read: never silently skipped.
struct Skipped {
  std::string path;
  std::string reason;
};

struct Manifest {
  std::string site;
  Time taken;              // the writer's clock when the walk began
  std::string tool;        // "aplomb 0.1.0"
  std::string facts_json;  // of the machine
  std::vector<RootEntry> roots;
  std::vector<DatabaseEntry> databases;
  std::vector<PageEntry> pages;
  std::vector<VoucherEntry> vouchers;
  std::vector<Skipped> skipped;
  std::vector<Skipped> alerts;  // files whose bytes changed although size, inode and times did not
  uint64_t files = 0;           // regular files and databases
  uint64_t bytes = 0;           // of their content
  bool evidence = false;        // the sealed state of a hacked site, not an ordinary backup
};

Bytes encode(const Manifest& manifest);
Result<Manifest> decode_manifest(ByteView bytes);

// "label/rest", or "rest" when the label is empty.
std::string object_path(std::string_view label, std::string_view relative);

}  // namespace aplomb::archive
