/// The version of the hook binary; `hostler` has the same.
enum Version {
    static let text = "0.1.0"
}
