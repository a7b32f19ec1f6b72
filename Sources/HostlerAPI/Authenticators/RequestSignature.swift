internal import Provisioning

/// The signature of a request: HMAC-SHA1 over its canonical text with the secret key, in base64 (CloudStack's
/// "Signing API Requests").
enum RequestSignature {
    /// - Returns: the signature in base64, as a client sends it.
    static func sign(_ text: [UInt8], secretKey: String) -> String {
        Base64.encode(HMAC.sha1(key: Array(secretKey.utf8), data: text))
    }

    /// Whether `signature` is one over `parameters` in any form that clients use.
    static func isValid(_ signature: String, of parameters: [RequestParameters.Parameter], secretKey: String) -> Bool {
        // Of the length that a signature has: nothing is equal to what could not be computed.
        guard let given = decode(signature), given.count == 20 else { return false }
        let key = Array(secretKey.utf8)
        // Compared, not hashed: of a request with much in it, hashing would cost more than signing.
        var tried: [[UInt8]] = []
        for form in CanonicalForm.all {
            let text = form.text(parameters)
            if tried.contains(text) { continue }
            tried.append(text)
            if constantTimeEqual(HMAC.sha1(key: key, data: text), given) { return true }
        }
        return false
    }

    /// A '+' that a client did not encode has become a blank.
    static func decode(_ signature: String) -> [UInt8]? { Base64.decode(signature.replacing(" ", with: "+")) }
}
