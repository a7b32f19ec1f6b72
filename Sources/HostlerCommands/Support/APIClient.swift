internal import ArgumentParser
internal import Foundation
internal import HostlerAPI
internal import LibvirtClient
internal import Operations
internal import Provisioning
internal import StateStore

/// The API, as commands use it: hostlerd's, over its socket; where none runs and the command can do without, this process'
/// own, over the same state.
struct APIClient {
    static let defaultSocket = "/run/hostler/hostler.sock"

    let socket: String
    /// What answers where hostlerd does not run; `nil` where nothing can.
    let standIn: (@Sendable () throws -> APIServer)?

    init(socket: String? = nil, standIn: (@Sendable () throws -> APIServer)? = nil) {
        let variable = ProcessInfo.processInfo.environment["HOSTLER_SOCKET_PATH"]
        self.socket = socket ?? variable ?? Self.defaultSocket
        self.standIn = standIn
    }

    /// Calls a command and waits for its answer.
    ///
    /// - Returns: what is in the answer.
    /// - Throws: ``OperationError`` with what the API says, or where it cannot be reached.
    func call<Answer: Decodable>(_ command: String, _ parameters: [String: String] = [:]) async throws -> Answer {
        let (status, body) = try await exchange(command, parameters)
        if status != 200 { throw Self.error(status, body) }
        do {
            // One member, whose name follows from the command's.
            let answer = try JSONDecoder().decode([String: Answer].self, from: Data(body))
            if let answer = answer.values.first { return answer }
        } catch {
            throw OperationError(.failure, "hostlerd's answer to \(command) cannot be understood: \(error)")
        }
        throw OperationError(.failure, "hostlerd's answer to \(command) is empty")
    }

    /// All elements of a list, however many pages hostlerd makes of them.
    func all<Element: Decodable>(_ command: String, _ parameters: [String: String] = [:]) async throws -> [Element] {
        let first: List<Element> = try await call(command, parameters)
        var elements = first.elements
        var page = 2
        while elements.count < first.count && !first.elements.isEmpty {
            let numbers = ["page": String(page), "pagesize": String(first.elements.count)]
            let next: List<Element> = try await call(command, parameters.merging(numbers) { $1 })
            if next.elements.isEmpty { break }
            elements += next.elements
            page += 1
        }
        return elements
    }

    /// What is in the answer, whatever it is.
    func object(_ command: String, _ parameters: [String: String]) async throws -> [String: Any] {
        let (status, body) = try await exchange(command, parameters)
        if status != 200 { throw Self.error(status, body) }
        let answer = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        guard let object = answer?.values.first as? [String: Any] else {
            throw OperationError(.failure, "hostlerd's answer to \(command) cannot be understood")
        }
        return object
    }

    private func exchange(_ command: String, _ parameters: [String: String]) async throws -> (Int, [UInt8]) {
        var all = parameters
        (all["command"], all["response"]) = (command, "json")
        let form = all.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.encoded($0.value))" }.joined(separator: "&")
        do throws(LocalRequest.Failure) {
            let answer = try LocalRequest.post(socket: socket, target: APIServer.path, form: form)
            return (answer.status, answer.body)
        } catch {
            guard error.isAbsent, let standIn else {
                throw OperationError(.unreachable, "\(error.message); systemctl start hostlerd")
            }
            let answer = try await standIn().respond(
                to: APIRequest(
                    method: "POST",
                    body: Array(form.utf8),
                    contentType: "application/x-www-form-urlencoded",
                    origin: .local(uid: geteuid(), gid: getegid(), pid: getpid())
                )
            )
            return (answer.status, answer.body)
        }
    }

    private struct Refusal: Decodable {
        let errorcode: Int
        let errortext: String
    }

    private static func error(_ status: Int, _ body: [UInt8]) -> OperationError {
        do {
            let refusal = try JSONDecoder().decode([String: Refusal].self, from: Data(body)).values.first
            let isOfInput = refusal.map { [430, 431, 432].contains($0.errorcode) } ?? false
            if let refusal { return OperationError(isOfInput ? .badInput : .failure, refusal.errortext) }
        } catch {
            // Not the API's own words: below.
        }
        let text = String(decoding: body.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
        return OperationError(.failure, "hostlerd answers with status \(status): \(text)")
    }

    private static func encoded(_ value: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        return value.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }

    /// `listX` answers, whose list has the name of its elements; an empty one has no members at all.
    struct List<Element: Decodable>: Decodable {
        let elements: [Element]
        /// How many there are on all pages.
        let count: Int

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            guard let key = values.allKeys.first(where: { $0.stringValue != "count" }) else {
                (elements, count) = ([], 0)
                return
            }
            elements = try values.decode([Element].self, forKey: key)
            count = try Key("count").flatMap { try values.decodeIfPresent(Int.self, forKey: $0) } ?? elements.count
        }

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(_ name: String) { self.init(stringValue: name) }
            init?(intValue: Int) { nil }
        }
    }
}

/// `--socket`, which every command that asks hostlerd takes.
struct SocketOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "hostlerd's socket (default: $HOSTLER_SOCKET_PATH, else \(APIClient.defaultSocket)).",
            valueName: "path"
        ),
        completion: .file()
    )
    var socket: String?

    var client: APIClient { APIClient(socket: socket) }

    /// One that does without hostlerd where it does not run.
    var clientOrOwn: APIClient { APIClient(socket: socket) { try OwnAPI.server() } }
}
