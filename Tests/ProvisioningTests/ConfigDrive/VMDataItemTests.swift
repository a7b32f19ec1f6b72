import Testing

@testable import Provisioning

@Suite struct VMDataItemTests {
    private func message(_ json: String) -> String? {
        do throws(ConfigDriveError) {
            _ = try VMDataItem.list(Array(json.utf8))
            return nil
        } catch {
            return error.message
        }
    }

    @Test func listOfCloudStackIsRead() throws {
        let json = #"[["metadata","local-hostname","web1"],["userdata","user_data",null],["a","b",""]]"#
        #expect(
            try VMDataItem.list(Array(json.utf8)) == [
                VMDataItem(directory: "metadata", filename: "local-hostname", content: "web1"),
                VMDataItem(directory: "userdata", filename: "user_data", content: ""),
                VMDataItem(directory: "a", filename: "b", content: ""),
            ]
        )
    }

    @Test(arguments: ["", "{", "{}", "null", "\"a\"", "\u{FEFF}x"])
    func whatIsNoListIsRefused(_ json: String) {
        #expect(
            message(json) == "the VM data is not a JSON list of [\"directory\",\"filename\",\"content\"] entries"
        )
    }

    @Test(arguments: [
        (
            #"[["a","b","c"],{"a":1}]"#,
            "entry 2 of the VM data is not a list of three strings, a directory, a filename and a content"
        ),
        (#"[["a","b"]]"#, "entry 1 of the VM data has 2 members instead of a directory, a filename and a content"),
        (#"[["a",1,"c"]]"#, "entry 1 of the VM data has a directory or a filename that is not a string"),
        (#"[[null,"b","c"]]"#, "entry 1 of the VM data has a directory or a filename that is not a string"),
        (#"[["a","b",3]]"#, "entry 1 of the VM data ('a/b') has a content that is not a string"),
        (#"[["a","b",["c"]]]"#, "entry 1 of the VM data ('a/b') has a content that is not a string"),
    ])
    func wrongEntryIsNamed(_ json: String, _ expected: String) {
        #expect(message(json) == expected)
    }
}
