/// The `$6$` hashes of crypt(5) with their usual 5000 rounds, after Ulrich Drepper's "Unix crypt using SHA-256 and
/// SHA-512".
enum SHA512Crypt {
    private static let rounds = 5000

    /// - Parameter salt: up to 16 of `a-z`, `A-Z`, `0-9`, `.` and `/`.
    static func hash(_ password: [UInt8], salt: [UInt8]) -> String {
        let alternate = DigestAlgorithm.sha512.digest(password + salt + password)
        var start = password + salt + cycled(alternate, password.count)
        var bits = password.count
        while bits > 0 {
            start += bits & 1 == 1 ? alternate : password
            bits >>= 1
        }
        var digest = DigestAlgorithm.sha512.digest(start)
        let passwordDigest = DigestAlgorithm.sha512.digest(
            Array(repeatElement(password, count: password.count).joined())
        )
        let saltDigest = DigestAlgorithm.sha512.digest(Array(repeatElement(salt, count: 16 + Int(digest[0])).joined()))
        let passwordBytes = cycled(passwordDigest, password.count)
        let saltBytes = cycled(saltDigest, salt.count)
        for round in 0..<rounds {
            let isOdd = round % 2 == 1
            var input = isOdd ? passwordBytes : digest
            if round % 3 != 0 { input += saltBytes }
            if round % 7 != 0 { input += passwordBytes }
            input += isOdd ? digest : passwordBytes
            digest = DigestAlgorithm.sha512.digest(input)
        }
        return "$6$\(String(decoding: salt, as: UTF8.self))$\(text(digest))"
    }

    private static func cycled(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        (0..<count).map { bytes[$0 % bytes.count] }
    }

    /// The digest in crypt's own base64: three bytes from the three thirds of it make four characters, low bits first.
    private static func text(_ digest: [UInt8]) -> String {
        var result = ""
        func append(_ high: UInt8, _ middle: UInt8, _ low: UInt8, _ count: Int) {
            var value = UInt32(high) << 16 | UInt32(middle) << 8 | UInt32(low)
            for _ in 0..<count {
                result.unicodeScalars.append(alphabet[Int(value & 63)])
                value >>= 6
            }
        }
        for index in 0..<21 {
            let thirds = [digest[index], digest[index + 21], digest[index + 42]]
            append(thirds[index % 3], thirds[(index + 1) % 3], thirds[(index + 2) % 3], 4)
        }
        append(0, 0, digest[63], 2)
        return result
    }

    private static let alphabet = Array(
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".unicodeScalars
    )
}
