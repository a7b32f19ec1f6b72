import Foundation

/// nginx with an authority of its own and some things that servers do wrong.
final class ProbeServer {
    struct Failure: Error { let text: String }

    let scratch: Scratch
    /// Good, with an expired certificate, with somebody else's, and without TLS.
    private(set) var ports = (good: 0, expired: 0, other: 0, plain: 0)

    var ca: String { scratch.path + "/ca.pem" }

    static var isPossible: Bool {
        ["nginx", "openssl"].allSatisfy { name in
            ["/usr/sbin", "/usr/bin", "/usr/local/bin"].contains {
                FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
            }
        }
    }

    init() throws {
        scratch = try Scratch()
        try scratch.write(String(repeating: "x", count: 4096), to: "web/x.iso")
        try scratch.write("", to: "web/empty.iso")
        try run(Self.certificates)
        // Below the ports that the kernel gives to outgoing connections; some may be taken all the same.
        for attempt in 1... {
            let base = Int.random(in: 20000..<32000)
            ports = (base, base + 1, base + 2, base + 3)
            try scratch.write(configuration, to: "nginx.conf")
            do {
                try run("nginx -p . -e error.log -c nginx.conf")
                return
            } catch  where attempt < 10 { continue }
        }
    }

    deinit {
        do { try run("kill $(cat pid); while [ -e pid ]; do sleep 0.02; done") } catch {
            print("cannot stop nginx: \(error)")
        }
    }

    /// With the scratch folder as the working directory.
    private func run(_ script: String) throws {
        // Not Foundation's Process: it waits until nobody holds a socket that the child inherits, and nginx stays.
        try scratch.write(script, to: "script")
        let status = system("cd '\(scratch.path)' && PATH=$PATH:/usr/sbin sh -eu script >log 2>&1 </dev/null")
        if status != 0 {
            throw Failure(text: try String(contentsOfFile: scratch.path + "/log", encoding: .utf8))
        }
    }

    private static let certificates = """
        key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        openssl req -x509 $key -days 2 -subj '/CN=Probe test CA' -keyout ca.key -out ca.pem
        touch index.txt; echo 01 >serial
        printf '[ca]\\ndefault_ca=a\\n[a]\\ndatabase=index.txt\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\n' >ca.cnf
        printf 'policy=p\\ncopy_extensions=copy\\nunique_subject=no\\n[p]\\ncommonName=supplied\\n' >>ca.cnf
        sign() {
          openssl req $key -subj "/CN=$2" -addext "subjectAltName=DNS:$2" -keyout $1.key -out $1.csr
          openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in $1.csr -out $1.pem -notext $3
        }
        sign good localhost '-days 2'
        sign other other.example '-days 2'
        sign expired localhost '-startdate 20200101000000Z -enddate 20200102000000Z'
        """

    private var configuration: String {
        """
        \(getuid() == 0 ? "user root;" : "")
        pid pid;
        events {}
        http {
          access_log off;
          client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
          root web;
          server {
            listen 127.0.0.1:\(ports.good) ssl; ssl_certificate good.pem; ssl_certificate_key good.key;
            location = /login { return 401; }
            location = /forbidden { return 403; }
            location = /broken { return 500; }
            location = /again { return 302 /x.iso; }
            location = /circle { return 302 /circle; }
            location = /to-http { return 302 http://localhost/x.iso; }
            location /no-ranges/ { alias web/; max_ranges 0; }
            location /liar/ { alias web/; max_ranges 0; add_header Accept-Ranges bytes; }
          }
          server { listen 127.0.0.1:\(ports.expired) ssl; ssl_certificate expired.pem; ssl_certificate_key expired.key; }
          server { listen 127.0.0.1:\(ports.other) ssl; ssl_certificate other.pem; ssl_certificate_key other.key; }
          server { listen 127.0.0.1:\(ports.plain); }
        }

        """
    }
}
