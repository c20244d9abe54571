#include "keeper/message.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>

#include "keeper/test_pipe.h"
#include "vault/test_vault.h"

namespace aplomb::keeper {
namespace {

template <typename Tag, size_t N>
Id<Tag, N> id_of(uint64_t seed, Id<Tag, N> id = {}) {
  SeededRandom(seed).fill(id.bytes);
  return id;
}

// Cut at every byte, and with a byte too many: an error, never anything else.
template <typename Decode>
void expect_no_other_length_decodes(const Bytes& bytes, Decode decode) {
  ASSERT_TRUE(decode(bytes));
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode(ByteView(bytes).first(size))) << size;
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode(longer));
}

TEST(Message, ReadsBackInAnyPieces) {
  TestPipe pipe;
  auto client = pipe.client(), server = pipe.server();
  Bytes body = vault::random_bytes(1, 700'000);
  ASSERT_TRUE(write_message(*client, Verb::frames, 7, body));
  ASSERT_TRUE(write_message(*client, Verb::log, 8, {}));
  auto first = read_message(*server, From::client);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->verb, Verb::frames);
  EXPECT_EQ((*first)->call, 7u);
  EXPECT_EQ((*first)->body, body);
  EXPECT_EQ((**read_message(*server, From::client)).call, 8u);
  client->close();
  auto end = read_message(*server, From::client);
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST(Message, IsRefusedWhenItIsTooLongUnknownOrOfTheOtherSide) {
  for (auto [verb, length] : {std::pair<uint8_t, uint32_t>{20, kSmallMax + 1},
                              {99, 0},
                              {0, 0},
                              {14, 0xffffffff},
                              {128, 0},
                              {129, 0}}) {
    TestPipe pipe;
    auto client = pipe.client(), server = pipe.server();
    ByteWriter head;
    head.u32(length);
    head.u8(verb);
    head.u32(1);
    ASSERT_TRUE(client->write(head.view()));
    EXPECT_EQ(read_message(*server, From::client).error().code, Code::corrupt) << int{verb};
  }
  TestPipe pipe;
  auto client = pipe.client(), server = pipe.server();
  ASSERT_TRUE(client->write(encode(Message{Verb::log, 1, {}})));
  EXPECT_EQ(read_message(*server, From::server).error().code, Code::corrupt);
}

TEST(Message, CutAnywhereIsALostConnection) {
  Bytes whole = encode(Message{Verb::range, 3, Bytes(44)});
  for (size_t size = 1; size < whole.size(); ++size) {
    TestPipe pipe;
    auto client = pipe.client(), server = pipe.server();
    ASSERT_TRUE(client->write(ByteView(whole).first(size)));
    client->close();
    EXPECT_EQ(read_message(*server, From::client).error().code, Code::network) << size;
  }
}

TEST(Bodies, ReadBackAndHaveOneLength) {
  HelloCall hello;
  hello.language = Language::french;
  hello.nonce[3] = 9;
  EXPECT_EQ(decode_hello_call(encode(hello))->language, Language::french);
  EXPECT_EQ(decode_hello_call(encode(hello))->nonce, hello.nonce);
  expect_no_other_length_decodes(encode(hello), decode_hello_call);

  HelloAnswer answer;
  answer.role = Role::owner;
  answer.header = vault::random_bytes(1, 137);
  answer.keeper = id_of<crypto::VerifyTag, 32>(2);
  answer.signature[63] = 1;
  auto read = decode_hello_answer(encode(answer));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->role, Role::owner);
  EXPECT_EQ(read->header, answer.header);
  EXPECT_EQ(read->keeper, answer.keeper);
  EXPECT_EQ(read->signature, answer.signature);
  expect_no_other_length_decodes(encode(answer), decode_hello_answer);

  DomainCall domain{id_of<vault::DomainTag, 16>(3), {}};
  EXPECT_EQ(decode_domain_call(encode(domain))->domain, domain.domain);
  expect_no_other_length_decodes(encode(domain), decode_domain_call);
  expect_no_other_length_decodes(encode(EntriesCall{1, 2}), decode_entries_call);
  RangeCall range{id_of<vault::PackTag, 32>(4), 1ull << 40, 77};
  EXPECT_EQ(decode_range_call(encode(range))->offset, range.offset);
  expect_no_other_length_decodes(encode(range), decode_range_call);
  expect_no_other_length_decodes(encode(LocateCall{}), decode_locate_call);
  vault::Receipt receipt{5, Time{-6}};
  EXPECT_EQ(decode_receipt(encode(receipt))->received, receipt.received);
  expect_no_other_length_decodes(encode(receipt), decode_receipt);
}

TEST(Bodies, OfListsReadBack) {
  std::vector<vault::ChunkId> ids = {id_of<vault::ChunkTag, 32>(1), id_of<vault::ChunkTag, 32>(2)};
  auto has = decode_has(encode_has(vault::DomainId(), ids));
  ASSERT_TRUE(has);
  EXPECT_EQ(has->ids, ids);
  EXPECT_EQ(*decode_has_answer(encode_has_answer({true, false}), 2), (std::vector<bool>{true, false}));
  EXPECT_FALSE(decode_has_answer(encode_has_answer({true, false}), 3));
  EXPECT_FALSE(decode_has_answer(Bytes{2}, 1));
  std::vector<vault::LogHead> heads = {{1, vault::EntryKind::record}, {2, vault::EntryKind::commit}};
  auto log = decode_log(encode_log(heads));
  ASSERT_TRUE(log);
  EXPECT_EQ(log->size(), 2u);
  std::swap(heads[0], heads[1]);
  EXPECT_FALSE(decode_log(encode_log(heads))) << "not in order";
  EXPECT_EQ(decode_packs(encode_packs({{id_of<vault::PackTag, 32>(1), 9}}))->at(0).size, 9u);
  auto doubts = decode_doubts(encode_doubts({{id_of<vault::PackTag, 32>(2), vault::Doubt::false_chunks}}));
  ASSERT_TRUE(doubts);
  EXPECT_EQ(doubts->at(0).doubt, vault::Doubt::false_chunks);
  EXPECT_FALSE(decode_doubts(Bytes(33, 7)));
}

TEST(Bodies, KnownIdsAreSortedAndFew) {
  Known known;
  known.beginnings = {0, 5, 5, ~uint64_t{0}};
  EXPECT_EQ(decode_known(encode(known))->beginnings, known.beginnings);
  known.beginnings = {5, 4};
  EXPECT_FALSE(decode_known(encode(known)));
  known.all = false;
  EXPECT_FALSE(decode_known(encode(known)));
  known.beginnings.clear();
  EXPECT_FALSE(decode_known(encode(known))->all);
  EXPECT_FALSE(decode_known({}));
  EXPECT_FALSE(decode_known(Bytes(4)));
  vault::ChunkId id;
  id.bytes[0] = 1;
  EXPECT_EQ(beginning_of(id), uint64_t{1} << 56) << "so that the order is that of the ids";
}

TEST(Bodies, EntriesKeepWhatTheKeeperSigned) {
  SeededRandom random(1);
  crypto::SigningKey keeper = crypto::make_signing_key(random);
  vault::LogEntry entry;
  entry.sequence = 4;
  entry.content = vault::random_bytes(2, 300);
  (void)vault::encode(entry, &keeper);
  Bytes sent = encode_sent({4, entry});
  Bytes more = encode_sent({5, fail(Code::corrupt, "it is damaged")});
  sent.insert(sent.end(), more.begin(), more.end());
  auto read = decode_sent(sent);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2u);
  ASSERT_TRUE((*read)[0].entry);
  EXPECT_EQ((*read)[0].entry->content, entry.content);
  EXPECT_TRUE((*read)[0].entry->signed_by(keeper.verify_key));
  EXPECT_TRUE((*read)[0].entry->intact);
  EXPECT_EQ((*read)[1].entry.error().code, Code::corrupt);
  entry.intact = false;
  EXPECT_FALSE(decode_sent(encode_sent({4, entry}))->at(0).entry->intact);
}

TEST(Bodies, ARefusalCannotWriteToTheTerminalAndIsCut) {
  Error error = make_error(Code::limit, "no\x1b[2J more").at("here").then(std::string(5000, 'x') + "é");
  auto read = decode_refusal(encode(error));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->code, Code::limit);
  EXPECT_EQ(read->what.find('\x1b'), std::string::npos);
  EXPECT_EQ(read->where, "here");
  EXPECT_LE(read->next.size(), 2000u);
  EXPECT_LE(encode(error).size(), *body_max(static_cast<uint8_t>(Verb::refusal)));
  for (Code code : {Code::usage, Code::config, Code::key, Code::not_found, Code::exists, Code::unsupported,
                    Code::refused, Code::busy, Code::io, Code::network, Code::corrupt, Code::limit})
    EXPECT_EQ(decode_refusal(encode(make_error(code, "x")))->code, code);
  EXPECT_FALSE(decode_refusal(Bytes{13, 0, 0, 0}));
  EXPECT_FALSE(decode_refusal(Bytes{0, 0, 0, 0}));
}

// ---- the page ----

std::map<std::string, std::string> rows(const std::regex& row) {
  std::ifstream page(APLOMB_FORMAT_PAGES "/keeper-protocol.md");
  std::map<std::string, std::string> found;
  std::smatch match;
  for (std::string line; std::getline(page, line);)
    if (std::regex_search(line, match, row)) found[match[1]] = match[2];
  return found;
}

TEST(ProtocolPage, HasTheConstantsOfTheCode) {
  auto number = [](uint64_t value) { return std::to_string(value); };
  const std::map<std::string, std::string> code{{"kProtocol", number(kProtocol)},
                                                {"kMessageHeader", number(kMessageHeader)},
                                                {"kMessageMax", number(kMessageMax)},
                                                {"kSmallMax", number(kSmallMax)},
                                                {"kIdsMax", number(kIdsMax)},
                                                {"kFramesMax", number(kFramesMax)},
                                                {"kCommitMax", number(kCommitMax)},
                                                {"kKnownMax", number(kKnownMax)},
                                                {"kOpenPacksMax", number(kOpenPacksMax)},
                                                {"kNeighboursMax", number(kNeighboursMax)},
                                                {"kInfoHello", kInfoHello},
                                                {"kInfoDomain", kInfoDomain},
                                                {"kInfoSshReader", kInfoSshReader},
                                                {"kInfoSshOwner", kInfoSshOwner}};
  EXPECT_EQ(rows(std::regex(R"re(^\| `(k\w+)` \| ([^|]+) \|$)re")), code);
}

TEST(ProtocolPage, HasTheVerbsOfTheCode) {
  std::ifstream header(APLOMB_SOURCES "/keeper/protocol.h");
  std::map<std::string, std::string> code;
  std::smatch match;
  bool inside = false;
  for (std::string line; std::getline(header, line);) {
    inside = inside || line.starts_with("enum class Verb");
    if (inside && std::regex_search(line, match, std::regex(R"re(^  (\w+) = (\d+),)re")))
      code[match[1]] = match[2];
  }
  EXPECT_GT(code.size(), 15u);
  EXPECT_EQ(rows(std::regex(R"re(^\| `([a-z]+)` \| (\d+) \|)re")), code);
}

}  // namespace
}  // namespace aplomb::keeper
