"""What the house style asks of code, as far as a program can see it.

`python tests/support/style.py PATH...` prints every fault.
"""

import ast
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

CODE_COLUMNS = 100
PROSE_COLUMNS = 88
FUNCTION_LINES = 50
FILE_LINES = 400
PARAMETERS = 8
NODE_PARAMETERS = 10
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
UNNAMED = 3


def faults(path: Path) -> Iterator[tuple[int, str]]:
    """The line and the reason of each fault in a Python file."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    yield from _long_lines(path, lines, tree)
    if len(lines) > FILE_LINES:
        yield 1, f"{len(lines)} lines: at most {FILE_LINES}"
    for statement in tree.body:
        if _is_several_constants(statement):
            yield statement.lineno, "several constants on one line"
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            yield from _function_faults(node)
        elif isinstance(node, COMPREHENSIONS):
            yield from _comprehension_faults(node)
        elif isinstance(node, ast.For) and _unnamed(node.target):
            yield node.lineno, f"more than {UNNAMED} unnamed positions in a loop"
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "tuple.__new__":
            yield node.lineno, "tuple.__new__"


def _is_several_constants(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Tuple):
        return False
    return not ast.unparse(statement.targets[0]).startswith(("__", "(__"))


def _long_lines(path: Path, lines: list[str], tree: ast.AST) -> Iterator[tuple[int, str]]:
    prose = _docstring_lines(tree)
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            row, column = token.start
            if token.type == tokenize.COMMENT and not lines[row - 1][:column].strip():
                prose.add(row)
    for number, line in enumerate(lines, start=1):
        limit = PROSE_COLUMNS if number in prose else CODE_COLUMNS
        if len(line) > limit and "://" not in line:
            yield number, f"{len(line)} columns: at most {limit}"


def _docstring_lines(tree: ast.AST) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(node):
            found.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return found


def _function_faults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[int, str]]:
    length = node.end_lineno - node.lineno + 1
    if length > FUNCTION_LINES:
        yield node.lineno, f"{node.name}: {length} lines, at most {FUNCTION_LINES}"
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    given = [argument for argument in arguments if argument.arg not in ("self", "cls")]
    limit = NODE_PARAMETERS if is_node(node) else PARAMETERS
    if len(given) > limit:
        yield node.lineno, f"{node.name}: {len(given)} parameters, at most {limit}"


def is_node(node: ast.AST) -> bool:
    """Whether a function is a node of the dataflow: it is tagged with its stage."""
    decorators = [ast.unparse(decorator) for decorator in getattr(node, "decorator_list", ())]
    return any(decorator.startswith("tag(") for decorator in decorators)


def _comprehension_faults(node: ast.AST) -> Iterator[tuple[int, str]]:
    if len(node.generators) > 1:
        yield node.lineno, "a comprehension with several `for`"
    if sum(len(generator.ifs) for generator in node.generators) > 1:
        yield node.lineno, "a comprehension with several `if`"
    if any(isinstance(part, ast.NamedExpr) for part in ast.walk(node)):
        yield node.lineno, "`:=` in a comprehension"
    if node.end_lineno - node.lineno > 3:
        yield node.lineno, "a comprehension over more than two lines and its brackets"
    if any(_unnamed(generator.target) for generator in node.generators):
        yield node.lineno, f"more than {UNNAMED} unnamed positions in a comprehension"


def _unnamed(target: ast.AST) -> bool:
    names = [name for name in ast.walk(target) if isinstance(name, ast.Name)]
    return isinstance(target, ast.Tuple) and len(names) > UNNAMED


def main(paths: list[str]) -> int:
    """Prints the faults of the files and folders; 1 when there are any."""
    count = 0
    for given in map(Path, paths):
        for path in sorted(given.rglob("*.py")) if given.is_dir() else [given]:
            for line, reason in sorted(faults(path)):
                print(f"{path}:{line}: {reason}")
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
