@testable import Provisioning

/// Input that several tests share.
enum DriveSamples {
    static let uuid = "6e7fd1a2-0c4c-4f4b-9d3d-0d7c4b2a9f10"
    static let guest = GuestFacts(uuid: uuid, name: "web1", interfaces: [])

    static let ed25519 = """
        ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICUgIdymUaL7gufVZJMjot35ULupZLvikm/kR/sOnrk4 admin@exa\
        mple
        """
    static let ed25519WithoutComment = """
        ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM5w1CXdUX4z1+gPWu+3sChg5VeGktQNZZy6pGKS6BW6
        """
    /// Has the comment of ``ed25519``.
    static let ecdsa = """
        ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOExKpDzBi7rpSpqoV\
        5ba0pH4dnUdZtCWKmBw6Vt8zuQx2yNPxMG8Xt53tQ8iBFaGsKFFsxIW5RWRY9z72YznGs= admin@example
        """
    static let rsa = """
        ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCXGoVgBuXdu+PBhKYzE2jZQofzXw1K9AURCnnjjrZ3o53F39qtoySXgGUZdip3\
        Cj9x80GTAbZm7usnbpe9gvaZL0eUeiOTod/KSZeAITAsPBsUt0GOQPEufvhOkPwPQMxF74Xg4j3wv4w8hxd+0wMoaKnxfQcKsniX\
        pZZ0/5d3wbfY3DaaRZVQ57pCpFhhItLAs/aUQrzwv9jBME9ARMEVTMe4oVQ1FJjeTF7CJqlLNw/Jqypb7V7P4MOPgcZVvbu17xeG\
        jcT4m9B/T/BT6H9juabfhCUPWbNBNr4RxFcQcHsnx9oN8I687K61nQ2pJ1TgE96I2SigA1tKN7KuMnpN second admin
        """
    static let dsa = """
        ssh-dss AAAAB3NzaC1kc3MAAACBAMXe7EqT4EDJ8cqLJem220qCK0haysY83n5IuZonDzle9/9VKsVpzUSw9gSdLBDowZsd0Bzn\
        mX1mhyU+PbTxemGG6NOlnAlyklggTUncNGr5SfwfQKfCZ8EWAvCWwuLbKRcFviqh7Lyt/CoxAU+jqvMdNWtXaqSoVLrKBl1mJE2R\
        AAAAFQC9GOyWX/8G4b1OBrKa/qi2qfOB8wAAAIEAmZTrmGVMnMbNuboDDi7mM5RuIOdOcnWV2T533+dheVai83XF/b6bprG4Z49d\
        eNVKNfQyxl/QB4mXvYfBK0pXrVQe9Zc6y46U4VJcPYgoI6PFWbb9k+WYP7NSh8N1I3XQmYvNUz1PeHeeTqATg2zrI3QU0p//wCW9\
        DstA2MpxkZsAAACAGzXCZuasIulYuuGX0y9/cAYKfzRaIPMMMgT4DYAzEzG906F3vQMTGNgx6bs5Xxqukd5ouAndoLYsZAiseyTx\
        +G6FJYViFDmvl6RpOP3836JxUKthzvp1fiEM0r6eZ9hanM84x1W4I3+PlkfC4JQX8Z1OCh/+oO11ysX/6XfJn/U= old
        """
    static let certificate = """
        ssh-rsa-cert-v01@openssh.com AAAAHHNzaC1yc2EtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgVtWxNfCWxYwlrj/nTVxHlot\
        OTTnZiaEpDIT6d7Q7SqoAAAADAQABAAABAQCXGoVgBuXdu+PBhKYzE2jZQofzXw1K9AURCnnjjrZ3o53F39qtoySXgGUZdip3Cj9\
        x80GTAbZm7usnbpe9gvaZL0eUeiOTod/KSZeAITAsPBsUt0GOQPEufvhOkPwPQMxF74Xg4j3wv4w8hxd+0wMoaKnxfQcKsniXpZZ\
        0/5d3wbfY3DaaRZVQ57pCpFhhItLAs/aUQrzwv9jBME9ARMEVTMe4oVQ1FJjeTF7CJqlLNw/Jqypb7V7P4MOPgcZVvbu17xeGjcT\
        4m9B/T/BT6H9juabfhCUPWbNBNr4RxFcQcHsnx9oN8I687K61nQ2pJ1TgE96I2SigA1tKN7KuMnpNAAAAAAAAAAAAAAABAAAAAml\
        kAAAACQAAAAVhZG1pbgAAAAAAAAAA//////////8AAAAAAAAAggAAABVwZXJtaXQtWDExLWZvcndhcmRpbmcAAAAAAAAAF3Blcm1\
        pdC1hZ2VudC1mb3J3YXJkaW5nAAAAAAAAABZwZXJtaXQtcG9ydC1mb3J3YXJkaW5nAAAAAAAAAApwZXJtaXQtcHR5AAAAAAAAAA5\
        wZXJtaXQtdXNlci1yYwAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACAlICHcplGi+4Ln1WSTI6Ld+VC7qWS74pJv5Ef7Dp6\
        5OAAAAFMAAAALc3NoLWVkMjU1MTkAAABA/LJyyhVnvf0jlQMkD1ck4Aq7iFyrc1Z+nJvvK598kFXybUpMlnO4cY2YlBH3SkSpXMJ\
        appDJ9zJJATpOcZYJDg== second admin
        """
}
