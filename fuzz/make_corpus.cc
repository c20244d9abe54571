// Writes the first files of fuzz/corpus: sound examples of each format, small and the same in each run. Files
// that a campaign finds are added beside them under other names.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "archive/manifest.h"
#include "crypto/sheet_words.h"
#include "keeper/limits.h"
#include "keeper/message.h"
#include "keeper/ssh_key.h"
#include "vault/frame.h"
#include "vault/index.h"
#include "vault/s3_cache.h"
#include "vault/s3_log.h"
#include "vault/tree.h"
#include "vault/writer_key.h"

namespace aplomb {
namespace {

SeededRandom random_source(1);

Bytes noise(size_t size) {
  Bytes bytes(size);
  random_source.fill(bytes);
  return bytes;
}

template <typename T>
T noise_id() {
  T id;
  random_source.fill(id.bytes);
  return id;
}

void put(const std::filesystem::path& corpus, const char* target, const char* name, ByteView bytes) {
  std::filesystem::create_directories(corpus / target);
  std::ofstream(corpus / target / name, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

vault::PackTable table() {
  vault::PackTable made;
  made.domain = noise_id<vault::DomainId>();
  vault::Origin origin;
  random_source.fill(origin.salt);
  origin.session = noise_id<crypto::BoxPublicKey>();
  made.origins = {origin};
  for (uint32_t i = 0; i < 2; ++i) {
    vault::FrameEntry frame;
    frame.offset = i * 30;
    frame.stored_length = 30;
    frame.raw_length = 20;
    frame.number = i;
    frame.flags = i == 0 ? vault::kFrameZstd : vault::kFramePlain;
    for (int j = 0; j < 2; ++j) frame.chunks.push_back({noise_id<vault::ChunkId>(), 10});
    made.frames.push_back(frame);
  }
  return made;
}

vault::Node node(const std::string& name, fs::FileType type) {
  vault::Node made;
  made.name = name;
  made.type = type;
  made.mode = 0644;
  made.user = "www-data";
  made.mtime_ns = 1'700'000'000'000'000'000;
  if (type == fs::FileType::regular) {
    made.size = 100'000;
    made.hash = crypto::sha256(as_bytes(name));
    made.extents = {{0, 10}, {4096, 20}};
    made.content = {{noise_id<vault::ChunkId>(), 30}};
    made.xattrs = {{"user.comment", noise(5)}};
  }
  if (type == fs::FileType::symlink) made.target = "/etc/passwd";
  if (type == fs::FileType::directory) made.content = {{noise_id<vault::ChunkId>(), 300}};
  return made;
}

void vault_corpus(const std::filesystem::path& corpus) {
  vault::PackTable packed = table();
  put(corpus, "pack_table", "two-frames", encode(packed));
  put(corpus, "pack_table", "empty", encode(vault::PackTable()));
  Bytes pack = noise(60), tail = vault::encode_pack_tail(packed, 60);
  pack.insert(pack.end(), tail.begin(), tail.end());
  put(corpus, "pack_file", "two-frames", pack);
  pack.back() ^= 1;
  put(corpus, "pack_file", "second-copy-damaged", pack);
  crypto::SigningKey key = crypto::make_signing_key(random_source);
  vault::VaultHeader header;
  header.id = noise_id<vault::VaultId>();
  header.recovery_public = crypto::make_box_key(random_source).public_key;
  header.owner_verify = key.verify_key;
  header.keeper_verify = key.verify_key;
  put(corpus, "header", "header", encode(header));
  vault::Commit commit;
  commit.domain = packed.domain;
  commit.chunk_count = 300;
  commit.raw_bytes = 1'000'000;
  commit.sealed_root = noise(90);
  Bytes content = encode_signed(commit, key);
  put(corpus, "commit", "commit", content);
  vault::Record record;
  record.snapshots = {noise_id<vault::SnapshotId>(), noise_id<vault::SnapshotId>()};
  record.sealed_body = noise(70);
  put(corpus, "record", "approval", encode_signed(record, key));
  put(corpus, "removal", "none", encode(vault::Removal()));
  put(corpus, "removal", "two", encode(vault::Removal{{vault::SnapshotId(), vault::SnapshotId()}}));
  vault::LogEntry entry;
  entry.sequence = 1;
  entry.content = content;
  put(corpus, "log_entry", "commit", encode(entry, &key));
  vault::Index index;
  index.add_pack(noise_id<vault::PackId>(), packed, 4096);
  Bytes run = encode(*index.take_new_runs().at(0));
  run.resize(run.size() - Sha256::kSize);  // the target adds the hash
  put(corpus, "index_run", "one-pack", run);
  vault::Tree tree{{node("a", fs::FileType::regular), node("b", fs::FileType::directory),
                    node("c", fs::FileType::symlink)}};
  put(corpus, "tree", "three-kinds", encode(tree));
  put(corpus, "tree", "empty", encode(vault::Tree()));
  put(corpus, "domain_body", "body",
      encode(vault::DomainBody{"mairie", 1, crypto::Secret(noise(32)), crypto::Secret(noise(32))}));
  put(corpus, "compressed", "zeros", vault::compress(Bytes(5000), 3));
  put(corpus, "compressed", "text", vault::compress(as_bytes("the quick brown fox, the quick brown dog"), 3));
}

void crypto_corpus(const std::filesystem::path& corpus) {
  crypto::SheetBytes bytes{1, 2, 3};
  std::string lines, numbered = "APLOMB RECOVERY WORDS\n";
  for (const std::string& word : crypto::encode_sheet(bytes)) {
    lines += word + "\n";
    numbered += "7. " + word + " ";
  }
  put(corpus, "sheet", "lines", as_bytes(lines));
  put(corpus, "sheet", "framed", as_bytes(numbered + "\nEND\n"));
  crypto::BoxKeyPair box = crypto::make_box_key(random_source);
  crypto::KeyFile key{crypto::KeyKind::recovery, noise_id<vault::VaultId>(), box.public_key,
                      crypto::make_signing_key(random_source).verify_key, std::move(box.secret)};
  put(corpus, "key_file", "recovery", as_bytes(*crypto::encode_key_file(random_source, key, "x", {4, 1, 1})));
}

void keeper_corpus(const std::filesystem::path& corpus) {
  using keeper::Verb;
  keeper::HelloCall hello;
  random_source.fill(hello.nonce);
  keeper::DomainCall domain{noise_id<vault::DomainId>(), {}};
  std::vector<vault::ChunkId> ids = {noise_id<vault::ChunkId>(), noise_id<vault::ChunkId>()};
  Bytes id(domain.domain.bytes.begin(), domain.domain.bytes.end());
  auto session = [&](const char* name, const std::vector<keeper::Message>& messages) {
    ByteWriter bytes;
    for (const keeper::Message& message : messages) bytes.bytes(encode(message));
    put(corpus, "keeper_call", name, bytes.view());
  };
  session("writer", {{Verb::hello, 1, encode(hello)},
                     {Verb::domain, 2, encode(domain)},
                     {Verb::known, 3, id},
                     {Verb::has, 4, keeper::encode_has(domain.domain, ids)},
                     {Verb::pack, 5, id},
                     {Verb::frames, 5, noise(100)},
                     {Verb::table, 5, encode(table())},
                     {Verb::commit, 6, noise(200)}});
  session("reader", {{Verb::hello, 1, encode(hello)},
                     {Verb::log, 2, {}},
                     {Verb::entries, 3, encode(keeper::EntriesCall{1, 1000})},
                     {Verb::packs, 4, {}},
                     {Verb::range, 5, encode(keeper::RangeCall{noise_id<vault::PackId>(), 7, 100})},
                     {Verb::locate, 6, encode(keeper::LocateCall{domain.domain, ids[0]})}});
  auto answer = [&](const char* name, uint8_t which, const Bytes& body) {
    Bytes bytes = {which};
    bytes.insert(bytes.end(), body.begin(), body.end());
    put(corpus, "keeper_answer", name, bytes);
  };
  keeper::HelloAnswer greeting;
  greeting.header = noise(100);
  answer("hello", 0, encode(greeting));
  answer("known", 1, encode(keeper::Known{true, {1, 5, 9}}));
  answer("log", 2, keeper::encode_log({{1, vault::EntryKind::record}, {2, vault::EntryKind::commit}}));
  answer("packs", 3, keeper::encode_packs({{noise_id<vault::PackId>(), 1000}}));
  vault::LogEntry entry;
  entry.sequence = 1;
  entry.content = noise(50);
  (void)vault::encode(entry, nullptr);
  answer("entries", 4, keeper::encode_sent({1, entry}));
  answer("refusal", 5, keeper::encode(make_error(Code::limit, "full").at("keeper.toml").then("make room")));
  answer("receipt", 6, keeper::encode(vault::Receipt{7, Time{8}}));
  crypto::VerifyKey key = noise_id<crypto::VerifyKey>();
  put(corpus, "keeper_text", "used", as_bytes(keeper::write_used({20'000, 7, 1, 0})));
  put(corpus, "keeper_text", "login", as_bytes(keeper::public_line(key, "aplomb-writer")));
  put(corpus, "keeper_text", "address",
      as_bytes("ssh://a@[::1]:2222/srv/vault?keeper=" + key.hex() + "&host=" + key.hex()));
}

void s3_corpus(const std::filesystem::path& corpus) {
  put(corpus, "s3_answer", "list",
      as_bytes("<ListVersionsResult><IsTruncated>true</IsTruncated><Version><Key>p%2Fvault</Key><VersionId>v1"
               "</VersionId><LastModified>2026-03-02T10:11:12.345Z</LastModified><ETag>&quot;a&quot;</ETag>"
               "<Size>17</Size></Version><DeleteMarker><Key>p%2Fvault</Key><VersionId>v2</VersionId>"
               "<LastModified>2026-03-02T10:11:13Z</LastModified></DeleteMarker></ListVersionsResult>"));
  put(corpus, "s3_answer", "error",
      as_bytes("<Error><Code>SlowDown</Code><Message>&#x01;</Message></Error>"));
  put(corpus, "s3_answer", "rule",
      as_bytes(
          "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
          "<Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>"));
  put(corpus, "s3_answer", "retention",
      as_bytes("<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2026-03-02T10:11:13Z</RetainUntilDate>"
               "</Retention>"));
  put(corpus, "s3_answer", "doctype", as_bytes("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"));
  vault::S3LogObject object;
  object.kind = vault::EntryKind::record;
  object.content = noise(60);
  put(corpus, "s3_log_object", "record", encode(object));
  vault::Index index;
  index.add_pack(noise_id<vault::PackId>(), table(), 700);
  Bytes run = encode(vault::S3CachedRun{*index.take_new_runs().at(0), {{"v1", "\"etag\"", 700}}});
  run.resize(run.size() - Sha256::kSize);  // the target adds the hash
  put(corpus, "s3_cached_run", "one-pack", run);
}

void archive_corpus(const std::filesystem::path& corpus) {
  archive::Manifest manifest;
  manifest.site = "mairie";
  manifest.tool = "aplomb 0.1.0";
  manifest.facts_json = "{}";
  manifest.roots = {{"/srv/www", "", node("root", fs::FileType::directory)}};
  manifest.databases = {
      {"town.db", "sqlite", "/srv/www/town.db", "town.db", node("town.db", fs::FileType::regular)}};
  manifest.pages = {{"/", "text/html", Sha256(), {{noise_id<vault::ChunkId>(), 7}}}};
  manifest.skipped = {{"a", "no permission"}};
  put(corpus, "manifest", "all-fields", encode(manifest));
  put(corpus, "manifest", "empty", encode(archive::Manifest()));
  ByteWriter list;
  for (const char* path : {"a", "b/c", "m"}) {
    ByteWriter record;
    record.text(path);
    encode(record, node("x", fs::FileType::regular));
    list.sized(record.view());
  }
  put(corpus, "file_list", "three-files", list.view());
}

}  // namespace
}  // namespace aplomb

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz_make_corpus FOLDER\n";
    return 2;
  }
  aplomb::vault_corpus(argv[1]);
  aplomb::archive_corpus(argv[1]);
  aplomb::crypto_corpus(argv[1]);
  aplomb::keeper_corpus(argv[1]);
  aplomb::s3_corpus(argv[1]);
  return 0;
}
