/// Why a request was not done, as CloudStack's clients understand it.
package struct APIError: Error, Equatable, Sendable, CustomStringConvertible {
    /// CloudStack's `ApiErrorCode`, which is the status of HTTP too; a struct, since releases add some.
    package struct Code: RawRepresentable, Hashable, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// Nobody that we know, or not proven.
        package static let unauthorized = Code(rawValue: 401)
        /// There is nothing at this path.
        package static let notFound = Code(rawValue: 404)
        package static let methodNotAllowed = Code(rawValue: 405)
        package static let tooManyRequests = Code(rawValue: 429)
        /// The request cannot be decoded.
        package static let malformed = Code(rawValue: 430)
        /// A parameter is missing or wrong.
        package static let parameter = Code(rawValue: 431)
        /// There is no such command, or it is not Hostler's.
        package static let unsupported = Code(rawValue: 432)
        package static let serviceUnavailable = Code(rawValue: 503)
        /// It was tried and failed.
        package static let internalError = Code(rawValue: 530)
        /// The caller may not do this.
        package static let permission = Code(rawValue: 531)
        /// What it takes cannot be reached now.
        package static let resourceUnavailable = Code(rawValue: 534)
        package static let resourceInUse = Code(rawValue: 536)

        /// The number of the Java exception that CloudStack throws for it (`CSExceptionErrorCode`).
        var cloudStackException: Int {
            switch self {
            case .parameter: 4350
            case .permission: 4365
            case .resourceUnavailable: 4380
            case .internalError: 4250
            default: 9999
            }
        }
    }

    package let code: Code
    /// One lowercase sentence without a full stop.
    package let text: String

    package init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
    }

    package var description: String { text }

    static func parameter(_ text: String) -> APIError { APIError(.parameter, text) }

    /// The error of a command in the words of the API; any other error is a failure with what it says of itself.
    init(of error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as any APIErrorConvertible: self = error.apiError
        case is CancellationError: self.init(.serviceUnavailable, "hostlerd is stopping; try again when it runs")
        default: self.init(.internalError, Self.shown(String(describing: error)))
        }
    }

    /// The members of an answer that says so (CloudStack's `ExceptionResponse`).
    var body: APIObject {
        var body = APIObject()
        body["uuidList"] = .list([])
        body.set("errorcode", code.rawValue)
        body.set("cserrorcode", code.cloudStackException)
        body.set("errortext", text)
        return body
    }

    /// A foreign value as it may stand in a message: no control characters, no more than 100 characters.
    static func shown(_ text: String, limit: Int = 100) -> String {
        var shown = String.UnicodeScalarView()
        for (position, scalar) in text.unicodeScalars.enumerated() {
            if position == limit { return String(shown) + "..." }
            shown.append(scalar.properties.generalCategory == .control ? "?" : scalar)
        }
        return String(shown)
    }
}

/// An error of a service that knows its code in the API.
package protocol APIErrorConvertible: Error {
    var apiError: APIError { get }
}
