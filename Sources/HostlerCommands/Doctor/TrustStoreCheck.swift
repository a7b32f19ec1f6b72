internal import Operations
internal import Provisioning

/// Whether there are authorities to check servers' certificates against.
enum TrustStoreCheck {
    static func run(path: String? = URLProbe.trustStore) -> Finding {
        let mend = "apt install ca-certificates && update-ca-certificates"
        guard let path else {
            return .warn("trust-store", "libcurl has no file of trusted authorities built in", mend: mend)
        }
        let text: String?
        do throws(SystemError) { text = try Files.text(path, limit: 16 << 20) } catch {
            return .fail("trust-store", error.message, mend: "chmod a+r \(path)")
        }
        let count = text?.split(separator: "\n").count { $0.hasPrefix("-----BEGIN ") } ?? 0
        if count == 0 {
            return .fail("trust-store", "\(path) has no certificate in it, so no https server is trusted", mend: mend)
        }
        return .ok("trust-store", "\(path) has \(count) authorities")
    }
}
