internal import DomainXML
internal import Operations

/// Whether the operator's limit on URLs can be read and understood.
enum AllowedURLsCheck {
    static func run(path: String = AllowedURLs.path) -> Finding {
        do {
            guard let text = try Files.text(path) else {
                return .ok("allowed-urls", "there is no \(path), so guests may name any https URL")
            }
            let count = try AllowedURLs(lines: text).expressions.count
            if count == 0 {
                return .warn(
                    "allowed-urls",
                    "\(path) has no expression in it, so guests may name any https URL",
                    mend: "put expressions into it, one a line, or remove it"
                )
            }
            return .ok("allowed-urls", "\(path) has \(count) expressions")
        } catch let error as SystemError where error.isDenied {
            return Finding("allowed-urls", couldNotBeMade: error)
        } catch {
            let reason = OperationError(wrapping: error)?.description ?? String(describing: error)
            return .fail("allowed-urls", reason, mend: "correct \(path); until then every URL is refused")
        }
    }
}
