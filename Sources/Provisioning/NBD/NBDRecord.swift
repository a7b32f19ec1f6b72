/// What a guest's server is to serve, as it is kept beside its socket for the time after it has died.
///
/// The URL may hold a token: the file is for the caller alone.
struct NBDRecord: Codable, Equatable, Sendable {
    var url: String
    var options: NBDOptions
}
