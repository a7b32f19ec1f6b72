/// An SSH key as the API shows it.
enum SSHKeyPair {
    static let fields = [
        ResponseField("id", "string", "the key's id"),
        ResponseField("name", "string", "its name"),
        ResponseField("fingerprint", "string", "its MD5, as ssh-keygen -E md5 -l shows it"),
        ResponseField("publickey", "string", "the public key"),
        ResponseField("created", "date", "when it was registered"),
        ResponseField("account", "string", "the account that it belongs to, which is admin"),
        ResponseField("domainid", "string", "the id of that account's domain"),
        ResponseField("domain", "string", "that domain, which is ROOT"),
    ]

    static func object(_ record: SSHKeyPairRecord) -> APIObject {
        var object = APIObject()
        object.set("id", record.id)
        object.set("name", record.name)
        object.set("fingerprint", record.fingerprint)
        object.set("publickey", record.publicKey)
        object.set("created", date: record.created)
        object.set("account", Caller.account)
        object.set("domainid", Caller.domainID)
        object.set("domain", Caller.domain)
        return object
    }
}
