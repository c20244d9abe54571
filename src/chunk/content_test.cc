#include "chunk/content.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace aplomb::chunk {
namespace {

Bytes random_bytes(size_t size) {
  Bytes bytes(size);
  SeededRandom(5).fill(bytes);
  return bytes;
}

Bytes of_text(std::string_view text, size_t size) {
  Bytes bytes;
  while (bytes.size() < size) bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

TEST(Content, TellsPhotographsFromTextAndFromPrograms) {
  EXPECT_EQ(look_at(random_bytes(1 << 20)), Content::packed);
  EXPECT_EQ(look_at(random_bytes(8192)), Content::packed);
  EXPECT_EQ(look_at(of_text("INSERT INTO t VALUES (17,'Été à la mairie');\n", 300'000)), Content::text);
  Bytes database = of_text("agenda", 300'000);
  for (size_t i = 0; i < database.size(); i += 50) database[i] = 0;
  EXPECT_EQ(look_at(database), Content::other);
}

TEST(Content, IsTextWhenThereIsLittleToLookAt) {
  EXPECT_EQ(look_at({}), Content::text);
  EXPECT_EQ(look_at(random_bytes(100)), Content::text);
}

TEST(Content, LooksAtNoMoreThanTheHead) {
  Bytes bytes = of_text("SELECT 1;\n", kHead + 1);
  bytes.back() = 0;
  EXPECT_EQ(look_at(bytes), Content::text);
  bytes[kHead - 1] = 0;
  EXPECT_EQ(look_at(bytes), Content::other);
}

TEST(Content, AFileThatIsOneChunkFitsIntoOne) {
  for (Content content : {Content::packed, Content::text, Content::other}) {
    EXPECT_LE(whole_file(content), kHead);
    EXPECT_LE(params_for(content).max, kHead);
  }
}

}  // namespace
}  // namespace aplomb::chunk
