import Testing

@testable import Provisioning

@Suite struct NFSURLTests {
    @Test(arguments: [
        ("http://host/a/b", "is not an nfs URL"),
        ("nfs:/host/a/b", "is not an nfs URL"),
        ("nfs://host", "names no file"),
        ("nfs://host?version=4", "names no file"),
        ("nfs://host/", "names a folder"),
        ("nfs://host/a/b/", "names a folder"),
        ("nfs:///a/b", "no host name"),
        ("nfs://-host/a/b", "no host name"),
        ("nfs://ho st/a/b", "no host name"),
        ("nfs://host;x/a/b", "no host name"),
        ("nfs://ho%73t/a/b", "no host name"),
        ("nfs://me@host/a/b", "has a user in it"),
        ("nfs://[::1/a/b", "no host name"),
        ("nfs://[host]/a/b", "no IPv6 address"),
        ("nfs://[::1]x/a/b", "no IPv6 address"),
        ("nfs://host:/a/b", "no port"),
        ("nfs://host:0/a/b", "no port"),
        ("nfs://host:65536/a/b", "no port"),
        ("nfs://host:-1/a/b", "no port"),
        ("nfs://host:+1/a/b", "no port"),
        ("nfs://host/a/../b", "'.' or '..'"),
        ("nfs://host/a/%2e%2E/b", "'.' or '..'"),
        ("nfs://host/..%2Fb", "'.' or '..'"),
        ("nfs://host/./b", "'.' or '..'"),
        ("nfs://host/a/b%00c", "control character"),
        ("nfs://host/a/b\nc", "control character"),
        ("nfs://host/a/b%7f", "control character"),
        ("nfs://host/a/b%4", "'%'"),
        ("nfs://host/a/b%+1", "'%'"),
        ("nfs://host/a/%ff", "not UTF-8"),
        ("nfs://host/a/b#c", "'#'"),
        ("nfs://host/a/b?port=1", "unknown option 'port'; known are nfsport, mountport, version, uid, gid"),
        ("nfs://host/a/b?nfsport", "not a port"),
        ("nfs://host/a/b?nfsport=x", "'x' as nfsport"),
        ("nfs://host/a/b?mountport=70000", "'70000' as mountport"),
        ("nfs://host:1/a/b?nfsport=2", "two ports, 1 and 2"),
        ("nfs://host/a/b?uid=1&uid=1", "'uid' twice"),
        ("nfs://host/a/b?uid=-1", "'-1' as uid"),
        ("nfs://host/a/b?gid=2147483648", "'2147483648' as gid"),
        ("nfs://host/a/b?version=2", "version '2'"),
    ])
    func refused(_ url: String, _ reason: String) {
        do throws(DownloadError) {
            _ = try NFSURL(url)
            Issue.record("\(url) was taken")
        } catch {
            #expect(error.code == .badInput && !error.isTemporary)
            #expect(error.message.contains(reason), "\(error.message)")
        }
    }

    @Test func longPath() {
        #expect(throws: DownloadError.self) { try NFSURL("nfs://host/" + String(repeating: "a", count: 4096)) }
    }

    @Test func parts() throws {
        let url = try NFSURL("NFS://Files.example.com:2050//a%20b/c/d%3Fe.qcow2?version=3&mountport=7&uid=0&gid=12")
        #expect(url.host == "Files.example.com" && url.port == 2050)
        #expect(url.folder == "/a b/c" && url.file == "/d?e.qcow2")
        #expect(url.version == .v3 && url.mountPort == 7 && url.uid == 0 && url.gid == 12)
        let plain = try NFSURL("nfs://[fd00::1]/file")
        #expect(plain.host == "fd00::1" && plain.port == nil && plain.folder == "/" && plain.file == "/file")
        #expect(plain.version == .v4 && plain.uid == nil)
        #expect(try NFSURL("nfs://[::1]:99/a/b").port == 99)
    }
}
