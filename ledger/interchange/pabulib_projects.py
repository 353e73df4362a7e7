"""The PROJECTS section of a Pabulib file: options, costs and official counts."""

from ledger.interchange.pabulib_meta import MAX_PROJECTS
from ledger.interchange.pabulib_rows import Row, RowReader
from ledger.interchange.pabulib_types import Meta, Project
from ledger.interchange.pabulib_values import Place, parse_count, parse_integer, parse_money, quote


def read_projects(reader: RowReader, meta: Meta) -> tuple[Project, ...]:
    """Read the PROJECTS section, in file order.

    Shape   obligatory columns: project_id, cost; read if present: name, votes, score, selected; others are passed over.
    Errors  FileFormatError for a bad cell, a second project of the same id, or another number than num_projects.
    Source  https://pabulib.org/format, section 2.
    """
    header_line, columns = reader.open_section("PROJECTS")
    for name in ("project_id", "cost"):
        if name not in columns:
            raise Place(reader.path, header_line, "PROJECTS header").error(quote(";".join(columns)), f"a column {name}")
    projects: dict[str, Project] = {}
    for row in reader.rows(columns):
        project = _read_project(dict(zip(columns, row.cells, strict=True)), row, reader.path, meta.exponent)
        if project.id in projects:
            first = projects[project.id].line
            place = Place(reader.path, row.line, "project_id")
            raise place.error(f"{quote(project.id)} again", f"an id of its own: line {first} has it already")
        projects[project.id] = project
        if len(projects) > MAX_PROJECTS:
            place = Place(reader.path, row.line, "PROJECTS")
            raise place.error(
                f"project {len(projects)}", f"at most {MAX_PROJECTS}: a question of the ledger holds no more"
            )
    if len(projects) != meta.num_projects:
        place = Place(reader.path, meta.lines["num_projects"], "num_projects")
        raise place.error(str(meta.num_projects), f"{len(projects)}, the number of rows in PROJECTS")
    return tuple(projects.values())


def _read_project(cells: dict[str, str], row: Row, path: str, exponent: int) -> Project:
    def place(field: str) -> Place:
        return Place(path, row.line, field)

    identity = cells["project_id"]
    if not identity or "," in identity:
        raise place("project_id").error(quote(identity), "an id without a comma, which parts ids in a vote")
    cost = parse_money(cells["cost"], exponent, place("cost"))
    if cost == 0:
        raise place("cost").error(quote(cells["cost"]), "an amount above 0")
    return Project(
        id=identity,
        name=cells.get("name", ""),
        cost_minor=cost,
        votes=parse_count(cells["votes"], place("votes")) if cells.get("votes") else None,
        score=parse_integer(cells["score"], place("score")) if cells.get("score") else None,
        selected=_read_selected(cells["selected"], place("selected")) if cells.get("selected") else None,
        line=row.line,
    )


def _read_selected(text: str, place: Place) -> int:
    if text not in ("0", "1", "2", "3"):
        raise place.error(quote(text), "0 (no), 1 (yes), or 2 or 3 as explained in the file's comment")
    return int(text)
