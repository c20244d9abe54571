#!/usr/bin/env python3
"""An S3 client of a few lines, for scenarios: what an administrator or an attacker does without Aplomb. Written apart
from the C++ client on purpose, so that one misreading of the protocol is not in both.

    client.py CREDENTIALS ENDPOINT VERB ARGUMENT…      prints what came; ends with 1 when the server says no
"""
import datetime, hashlib, hmac, http.client, re, sys, urllib.parse


class S3:
    def __init__(self, credentials, endpoint, region="us-east-1"):
        text = open(credentials).read()
        self.key = re.search(r"aws_access_key_id\s*=\s*(\S+)", text)[1]
        self.secret = re.search(r"aws_secret_access_key\s*=\s*(\S+)", text)[1]
        self.host = urllib.parse.urlparse(endpoint).netloc
        self.region = region

    def ask(self, method, path, query=(), body=b"", headers=()):
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        path = urllib.parse.quote(path, safe="/-_.~")
        pairs = sorted((urllib.parse.quote(k, safe="-_.~"), urllib.parse.quote(v, safe="-_.~")) for k, v in query)
        text = "&".join(f"{k}={v}" for k, v in pairs)
        digest = hashlib.sha256(body).hexdigest()
        sent = {k.lower(): v for k, v in headers}
        sent |= {"host": self.host, "x-amz-date": stamp, "x-amz-content-sha256": digest}
        names = ";".join(sorted(sent))
        lines = "".join(f"{k}:{sent[k]}\n" for k in sorted(sent))
        canonical = "\n".join([method, path, text, lines, names, digest])
        scope = f"{day}/{self.region}/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for step in (day, self.region, "s3", "aws4_request"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        sent["authorization"] = f"AWS4-HMAC-SHA256 Credential={self.key}/{scope},SignedHeaders={names},Signature={signature}"
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request(method, path + ("?" + text if text else ""), body, sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content.decode("utf-8", "replace")

    def versions(self, bucket, prefix=""):
        """(key, version, is a delete marker) of every version, over all pages."""
        found, marker, version = [], "", ""
        while True:
            query = [("versions", ""), ("prefix", prefix)]
            if marker:
                query += [("key-marker", marker), ("version-id-marker", version)]
            status, text = self.ask("GET", f"/{bucket}", query)
            if status != 200:
                raise SystemExit(f"list: {status} {text}")
            for kind, body in re.findall(r"<(Version|DeleteMarker)>(.*?)</\1>", text, re.S):
                found.append((re.search("<Key>(.*?)</Key>", body)[1], re.search("<VersionId>(.*?)</VersionId>", body)[1],
                              kind == "DeleteMarker"))
            if "<IsTruncated>true" not in text:
                return found
            marker = re.search("<NextKeyMarker>(.*?)</NextKeyMarker>", text)[1]
            version = re.search("<NextVersionIdMarker>(.*?)</NextVersionIdMarker>", text)[1]


LOCK = ("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE"
        "</Mode><Days>{}</Days></DefaultRetention></Rule></ObjectLockConfiguration>")


def with_md5(body):
    import base64
    return [("Content-MD5", base64.b64encode(hashlib.md5(body).digest()).decode())]


def done(answer, allowed=(200, 204)):
    status, text = answer
    if status not in allowed:
        print(status, text)
        raise SystemExit(1)
    print(text)


def attack(s3, bucket, prefix, flood):
    """Overwrites, marks deleted, floods, and tries to delete and to shorten; prints what of it the server did."""
    before = s3.versions(bucket, prefix)
    did = {"overwritten": 0, "marked": 0, "deleted": 0, "shortened": 0, "flooded": 0}
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = f"<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>{soon}</RetainUntilDate></Retention>".encode()
    for key, version, _ in before:
        path = f"/{bucket}/{key}"
        did["overwritten"] += s3.ask("PUT", path, body=b"junk over " + key.encode())[0] == 200
        for mode in (body, body.replace(b"COMPLIANCE", b"GOVERNANCE")):
            did["shortened"] += s3.ask("PUT", path, [("retention", ""), ("versionId", version)], mode,
                                       with_md5(mode))[0] == 200
        bypass = [("x-amz-bypass-governance-retention", "true")]
        did["deleted"] += s3.ask("DELETE", path, [("versionId", version)], headers=bypass)[0] in (200, 204)
        did["marked"] += s3.ask("DELETE", path)[0] in (200, 204)
    for number in range(int(flood)):
        junk = f"flood {number}".encode()
        name = hashlib.sha256(junk).hexdigest()
        for key in (f"packs/{name[:2]}/{name}.pack", f"log/{name}.commit", f"log/{name}.record", "vault"):
            did["flooded"] += s3.ask("PUT", f"/{bucket}/{prefix}/{key}", body=junk)[0] == 200
    print(" ".join(f"{name}={count}" for name, count in did.items()), f"versions={len(before)}")


def main():
    credentials, endpoint, verb, *rest = sys.argv[1:]
    s3 = S3(credentials, endpoint)
    if verb == "make-bucket":  # BUCKET [lock]
        lock = [("x-amz-bucket-object-lock-enabled", "true")] if rest[1:] == ["lock"] else []
        done(s3.ask("PUT", "/" + rest[0], headers=lock))
    elif verb == "lock-rule":  # BUCKET DAYS
        body = LOCK.format(rest[1]).encode()
        done(s3.ask("PUT", "/" + rest[0], [("object-lock", "")], body, with_md5(body)))
    elif verb == "policy":  # BUCKET FILE
        done(s3.ask("PUT", "/" + rest[0], [("policy", "")], open(rest[1], "rb").read()))
    elif verb == "versions":  # BUCKET PREFIX
        for key, version, marker in s3.versions(*rest):
            print(key, version, "marker" if marker else "")
    elif verb == "attack":  # BUCKET PREFIX HOW-MUCH-JUNK
        attack(s3, *rest)
    elif verb == "get":  # BUCKET KEY [NAME=VALUE…]
        done(s3.ask("GET", f"/{rest[0]}/{rest[1]}".rstrip("/"), [tuple(q.split("=", 1)) for q in rest[2:]]))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
