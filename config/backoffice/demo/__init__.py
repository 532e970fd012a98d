"""The demo school: invented people, made by the verbs that everybody uses, paying at the sandbox."""
