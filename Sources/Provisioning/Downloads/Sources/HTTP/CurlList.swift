internal import CLibcurl

/// Owns a `curl_slist`.
final class CurlList {
    private(set) var head: UnsafeMutablePointer<curl_slist>?

    init(_ lines: [String]) throws(DownloadError) {
        for line in lines {
            guard let longer = curl_slist_append(head, line) else {
                throw DownloadError(.other, "libcurl has no memory for the headers of a request", isTemporary: true)
            }
            head = longer
        }
    }

    deinit { curl_slist_free_all(head) }
}
