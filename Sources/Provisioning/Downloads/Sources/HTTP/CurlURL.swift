internal import CLibcurl

/// Owns libcurl's `CURLU`, its parser of URLs: what it reads is what the transfer reads.
final class CurlURL {
    private let handle: OpaquePointer

    /// - Returns: `nil` where libcurl cannot read it.
    init?(_ url: String) {
        guard let handle = curl_url() else { return nil }
        self.handle = handle
        if !set(url) { return nil }
    }

    deinit { curl_url_cleanup(handle) }

    /// Takes a URL, or one relative to what is here.
    func set(_ url: String) -> Bool {
        curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK
    }

    func remove(_ part: CURLUPart) { curl_url_set(handle, part, nil, 0) }

    /// - Returns: `nil` where the URL does not have it.
    func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        defer { curl_free(text) }
        guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
        return String(cString: text)
    }
}
