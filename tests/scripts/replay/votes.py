"""Made-up votes in Pabulib's format, for replays of a chosen size."""

from pathlib import Path
from random import Random

PROJECTS = (("p1", 40_000), ("p2", 26_000), ("p3", 16_500), ("p4", 14_700), ("p5", 2_600))


def approval_vote(path: Path, voters: int, seed: int = 1, rule: str = "greedy") -> Path:
    """Write a vote by approval whose official counts are right."""
    random = Random(seed)
    ballots = [sorted(random.sample(range(len(PROJECTS)), random.randint(1, 3))) for _ in range(voters)]
    votes = [sum(i in ballot for ballot in ballots) for i in range(len(PROJECTS))]
    lines = ["META", "key;value", "description;A made-up vote", "country;Nowhere", "unit;Testtown", "instance;2026"]
    lines += [f"num_projects;{len(PROJECTS)}", f"num_votes;{voters}", "budget;60000", "vote_type;approval"]
    lines += [f"rule;{rule}", "date_begin;01.01.2026", "date_end;31.01.2026", "min_length;1", "max_length;3"]
    lines += ["currency;EUR", "PROJECTS", "project_id;cost;votes;name"]
    lines += [f"{name};{cost};{votes[i]};Project {name}" for i, (name, cost) in enumerate(PROJECTS)]
    lines += ["VOTES", "voter_id;vote"]
    lines += [f"{i};{','.join(PROJECTS[j][0] for j in ballot)}" for i, ballot in enumerate(ballots, 1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
