/// Whom an operation tells what it has done, and what is odd: a terminal, a log, or the answer to a request.
package struct Messages: Sendable {
    /// Takes a sentence that says what was done.
    package let say: @Sendable (String) throws -> Void
    /// Takes a sentence about something that may not be as the user wants it.
    package let warn: @Sendable (String) -> Void
    /// Takes a sentence that is good to know.
    package let note: @Sendable (String) -> Void

    package init(
        say: @escaping @Sendable (String) throws -> Void,
        warn: @escaping @Sendable (String) -> Void,
        note: @escaping @Sendable (String) -> Void
    ) {
        self.say = say
        self.warn = warn
        self.note = note
    }
}
