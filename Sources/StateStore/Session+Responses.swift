/// What the ways to make a request, waiting for it or not, have in common.
extension Session {
    func respond(_ span: KeySpan, _ limit: Int?, _ order: KeyOrder) throws -> RangeResponse {
        let (found, more) = try range(span, limit: limit, order: order)
        return RangeResponse(keyValues: found, more: more, revision: revision)
    }

    func respond(
        _ compare: [Compare],
        _ success: [RequestOp],
        _ failure: [RequestOp]
    ) throws -> TransactionResponse {
        let succeeded = try compare.allSatisfy { try $0.holds(for: get($0.key)) }
        let responses = try take(succeeded ? success : failure)
        return TransactionResponse(succeeded: succeeded, responses: responses, revision: revision)
    }

    func compact(checked first: Int64) throws {
        if first > revision + 1 {
            throw StateError(
                .futureRevision,
                "the history cannot be compacted before revision \(first); the store is at \(revision)"
            )
        }
        try compact(before: first)
    }
}
