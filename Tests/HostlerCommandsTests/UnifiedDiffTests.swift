import Testing

@testable import HostlerCommands

@Suite struct UnifiedDiffTests {
    private func diff(_ old: String, _ new: String, coloured: Bool = false) -> String {
        UnifiedDiff(old: old, new: new, oldName: "a", newName: "b").text(coloured: coloured)
    }

    @Test func sameTextsHaveNone() {
        #expect(diff("1\n2\n", "1\n2\n") == "")
        #expect(diff("", "") == "")
    }

    @Test func changeHasThreeLinesAround() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
        #expect(
            diff(old, old.replacing("5\n", with: "five\n"))
                == "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        )
    }

    @Test func farChangesAreTwoHunks() {
        let old = (1...30).map { "\($0)\n" }.joined()
        let new = old.replacing("\n3\n", with: "\n").replacing("28\n", with: "28\nmore\n")
        #expect(
            diff(old, new)
                == "--- a\n+++ b\n@@ -1,6 +1,5 @@\n 1\n 2\n-3\n 4\n 5\n 6\n@@ -26,5 +25,6 @@\n 26\n 27\n 28\n+more\n 29\n 30\n"
        )
    }

    @Test func emptySidesCountAsDiffDoes() {
        #expect(diff("", "x\n") == "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n")
        #expect(diff("x\n", "") == "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n")
    }

    @Test func missingLastNewlineIsShown() {
        #expect(
            diff("x", "x\n") == "--- a\n+++ b\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n"
        )
    }

    @Test func carriageReturnsAreKept() {
        #expect(diff("x\r\ny\r\n", "x\r\nz\r\n") == "--- a\n+++ b\n@@ -1,2 +1,2 @@\n x\r\n-y\r\n+z\r\n")
    }

    @Test func coloursEndBeforeTheNewline() {
        let text = diff("x\n", "y\n", coloured: true)
        #expect(text.contains("\u{1B}[31m-x\u{1B}[0m\n\u{1B}[32m+y\u{1B}[0m\n"))
        #expect(text.contains("\u{1B}[36m@@ -1 +1 @@\u{1B}[0m\n"))
    }
}
