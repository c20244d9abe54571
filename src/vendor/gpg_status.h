// What gpgv says on its status descriptor (doc/DETAILS of GnuPG). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aplomb::vendor {

// Who made a good and valid signature, as his key calls him; nullopt when nobody did. An expired key signed
// when it had not expired: what was released then was released. A revoked one counts no more.
std::optional<std::string> good_signer(std::string_view status);

}  // namespace aplomb::vendor
