"""What codes are called in English. A translation replaces this module's texts and those of the templates."""

from gettext import gettext as _

WORDS = {
    # how a question stands
    "upcoming": _("not open yet"),
    "open": _("open"),
    "ended": _("counting is over"),
    "passed": _("passed"),
    "not passed": _("not passed"),
    "executed": _("decided and carried out"),
    # why a question did not pass
    "small-roll": _("the roll had fewer seats than bind"),
    "no-quorum": _("too few took part"),
    "no-majority": _("too few said yes"),
    # kinds of ballots
    "yes-no": _("yes, no or abstain"),
    "choose-one": _("choose one"),
    "approval": _("approve any"),
    "ordinal": _("rank your favourites"),
    "cumulative": _("spread points"),
    "score": _("score each"),
    # kinds of effect
    "referendum": _("asks for an opinion"),
    "parameter": _("changes a number of the constitution"),
    "entrenched": _("changes an entrenched rule"),
    "budget": _("spends common money"),
    "permission": _("gives or takes a duty"),
    # rules of allocation
    "greedy": _("most wanted first; what does not fit is skipped"),
    "greedy-no-skip": _("most wanted first; stops at the first that does not fit"),
    "equal-shares-add1": _("equal shares: every voter has the same share of the budget"),
    "listed": _("the one listed first"),
    "cheaper-then-listed": _("the cheaper one, then the one listed first"),
    # payments
    "ordered": _("ordered"),
    "settled": _("paid"),
    "failed": _("failed"),
    "reversed": _("failed and taken back"),
    # evidence
    "available": _("available"),
    "withheld": _("withheld"),
    "lost": _("lost"),
    "matching": _("CID checked: the bytes give this CID"),
    "verified": _("CID checked: every block gives its CID"),
    "unreadable": _("held here, but not a single file"),
    "damaged": _("damaged: the bytes do not give this CID"),
    "absent": _("not held by this node"),
    "unchecked": _("not checked: the store does not answer"),
    # seals
    "founding": _("founding block"),
    "sealed": _("sealed"),
    "missing": _("no seal yet"),
    "wrong": _("wrong seal"),
    # witnesses
    "asked": _("asked by this server"),
    "brought": _("brings its seals here"),
    "own": _("its own note, not a seal"),
    # ballots
    "counted": _("counted"),
    "replaced": _("replaced"),
    "unknown": _("not found"),
    # accounts
    "fund": _("fund"),
    "decision": _("decided, not yet divided"),
    "appropriation": _("appropriation"),
    "obligation": _("ordered payment"),
    "payee": _("payee"),
    "source": _("source"),
    # duties
    "registrar": _("registrar"),
    "relay": _("relay"),
    "returning officer": _("returning officer"),
    "treasurer": _("treasurer"),
    "deployer": _("deployer"),
}


def say(code: str) -> str:
    """The words for a code; a code without words stands for itself."""
    return WORDS.get(code, code)
