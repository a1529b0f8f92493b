"""Which words of the Python language reference are about which construct.

Every CPython carries most of the reference in ``pydoc_data``; a construct is found there by its topic and the beginning
of the passage. What CPython leaves out is quoted here, word for word, from the documentation (Python Software
Foundation License Version 2), each quotation with its page. ``python -m tests.bench.quoted`` compares them with a copy
of its sources; what the codes of formats do is tried out by ``tests/server/test_format_codes.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

REFERENCE = "https://docs.python.org/3/reference/"
_BINARY = {"+": "addition", "-": "subtraction", "*": "multiplication", "@": "at", "%": "modulo"}
_COMPARED = 'The operators "<", ">", "==", ">=", "<=", and "!=" compare'
_MEMBER = 'The operators "in" and "not in" test for membership.'
_IDENTITY = 'The operators "is" and "is not" test for'
_STARRED = "If the target list contains one target prefixed with an asterisk"

# Construct: topic, and how its passage begins; it ends with its paragraph. An empty beginning is the whole topic.
PASSAGES: Mapping[str, tuple[str, str]] = {
    **{f"operator {sign}": ("binary", f'The "{sign}" ({name}) operator') for sign, name in _BINARY.items()},
    "operator /": ("binary", 'The "/" (division) and "//" (floor division) operators'),
    "operator //": ("binary", 'The "/" (division) and "//" (floor division) operators'),
    "operator **": ("power", "The power operator has the same semantics"),
    "operator <<": ("shifting", "These operators accept integers as arguments."),
    "operator >>": ("shifting", "These operators accept integers as arguments."),
    **{f"operator {sign}": ("bitwise", f'The "{sign}" operator yields') for sign in "&^|"},
    **{f"unary {sign}": ("unary", f'The unary "{sign}"') for sign in "+-~"},
    **{f"operator {sign}": ("comparisons", _COMPARED) for sign in ("<", ">", "==", ">=", "<=", "!=")},
    "comparison chain": ("comparisons", "Comparisons can be chained arbitrarily"),
    "operator in": ("comparisons", _MEMBER),
    "operator not in": ("comparisons", _MEMBER),
    "operator is": ("comparisons", _IDENTITY),
    "operator is not": ("comparisons", _IDENTITY),
    "operator and": ("booleans", 'The expression "x and y" first evaluates'),
    "operator or": ("booleans", 'The expression "x or y" first evaluates'),
    "operator not": ("booleans", 'The operator "not" yields'),
    "augmented assignment": ("augassign", 'An augmented assignment expression like "x += 1"'),
    "assignment": ("assignment", "An assignment statement evaluates the expression list"),
    "annotated assignment": ("assignment", "*Annotation* assignment is the combination"),
    "starred target": ("assignment", _STARRED),
    "unpacked iterable": ("exprlists", 'An asterisk "*" denotes *iterable unpacking*.'),
    "unpacked mapping": ("dict", 'A double asterisk "**" denotes *dictionary unpacking*.'),
    "unpacked arguments": ("calls", 'If the syntax "*expression" appears in the function call'),
    "unpacked keyword arguments": ("calls", 'If the syntax "**expression" appears in the function call'),
    "variadic parameter": ("function", 'If the form “"*identifier"” is present'),
    "variadic keyword parameter": ("function", 'If the form “"**identifier"” is present'),
    "keyword-only": ("function", 'Parameters after “"*"” or “"*identifier"” are keyword-only'),
    "positional-only": ("function", 'Parameters before “"/"” are positional-only'),
    "default value": ("function", "When one or more *parameters* have the form"),
    "annotation": ("function", "Parameters may have an *annotation*"),
    "return annotation": ("function", "Functions may have “return” annotation"),
    "keyword argument": ("calls", "If keyword arguments are present, they are first converted"),
    "call": ("calls", "A call calls a callable object"),
    "function decorator": ("function", "A function definition may be wrapped by one or more *decorator*"),
    "class decorator": ("class", "The evaluation rules for the decorator expressions"),
    "def": ("function", "A function definition is an executable statement."),
    "class": ("class", "A class definition is an executable statement."),
    "list": ("lists", "A list display yields a new list object"),
    "dictionary": ("dict", "A dictionary display yields a new dictionary object."),
    "tuple": ("exprlists", "Except when part of a list or set display"),
    "list comprehension": ("lists", "When a comprehension is supplied"),
    "dictionary comprehension": ("dict", "A dict comprehension, in contrast"),
    "slice": ("slicings", "A slicing selects a range of items"),
    "subscription": ("subscriptions", "The subscription of an instance of a"),
    "attribute": ("attribute-references", "The primary must evaluate to an object"),
    "ellipsis": ("bltin-ellipsis-object", ""),
    "None": ("bltin-null-object", ""),
    "True": ("types", "These represent the truth values False and True."),
    "False": ("types", "These represent the truth values False and True."),
    "integer": ("integers", "There is no limit for the length of integer literals"),
    "digit groups": ("integers", "Underscores are ignored for determining"),
    "float": ("floating", "Note that the integer and exponent parts"),
    "imaginary": ("imaginary", "An imaginary literal yields"),
    "import star": ("import", "If the list of identifiers is replaced by a star"),
    "import as": ("import", 'If the module name is followed by "as"'),
    "import from as": ("import", "otherwise, a reference to that value is stored"),
    "import from": ("import", 'The "from" form uses a slightly more complex process'),
    "relative import": ("import", "When specifying what module to import you do not have"),
    "future import": ("import", "A *future statement* is a directive"),
    "raise": ("raise", '"raise" evaluates the first expression'),
    "re-raise": ("raise", "If no expressions are present"),
    "raise from": ("raise", 'The "from" clause is used for exception chaining'),
    "try": ("try", 'The "try" statement specifies exception handlers'),
    "except": ("try", 'The "except" clause(s) specify'),
    "except as": ("try", "When a matching"),
    "except group": ("try", 'The "except*" clause(s) are used'),
    "try else": ("try", 'The optional "else" clause is executed if the control flow'),
    "finally": ("try", 'If "finally" is present'),
    "with as": ("with", "If a target was included"),
    "for else": ("for", "When the iterator is exhausted"),
    "while": ("while", 'The "while" statement is used for repeated execution'),
    "while else": ("while", "This repeatedly tests the expression"),
    "if else": ("if", "It selects exactly one of the suites"),
    "async for": ("async", 'The "async for" statement allows'),
    "async with": ("async", "An *asynchronous context manager* is"),
    "async def": ("async", "Execution of Python coroutines can be suspended"),
    "yield": ("yield", "Yield expressions and statements are only used"),
    "return": ("return", '"return" leaves the current function call'),
    "break": ("break", "It terminates the nearest enclosing loop"),
    "continue": ("continue", "It continues with the next cycle"),
    "match": ("compound", "The match statement is used for pattern matching."),
    "case": ("compound", "Pattern matching takes a pattern as input"),
    "guard": ("compound", 'A "guard" (which is part of the "case")'),
    "or pattern": ("compound", "An OR pattern matches each of its subpatterns"),
    "as pattern": ("compound", "If the OR pattern fails, the AS pattern fails."),
    "class pattern": ("compound", "A class pattern represents a class"),
    "sequence pattern": ("compound", "A sequence pattern contains several subpatterns"),
    "mapping pattern": ("compound", "A mapping pattern contains one or more"),
    "wildcard pattern": ("compound", "A wildcard pattern always succeeds"),
    "keyword pattern": ("compound", "The keyword is looked up as an attribute on the subject."),
    "double star pattern": ("compound", "At most one double star pattern may be"),
    "star pattern": ("compound", "At most one star subpattern may be"),
    "raw string": ("strings", "Both string and bytes literals may optionally be prefixed"),
    "bytes": ("strings", "Bytes literals are always prefixed"),
    "formatted string": ("strings", 'A string literal with "\'f\'" or'),
    "triple-quoted string": ("strings", "In triple-quoted literals"),
    "escape": ("strings", "Unless an"),
    "unicode prefix": ("strings", "New in version 3.3: Support for the unicode legacy literal"),
    "conversion": ("formatstrings", "The *conversion* field causes a type coercion"),
    "conversions": ("formatstrings", "Three conversion flags are currently supported"),
    "format specification": ("formatstrings", "The *format_spec* field contains a specification"),
    "replacement field": ("formatstrings", "Format strings contain “replacement fields”"),
    "width": ("formatstrings", "*width* is a decimal integer defining the minimum"),
    "precision": ("formatstrings", "The *precision* is a decimal integer indicating"),
    "zero padding": ("formatstrings", "When no explicit alignment is given, preceding"),
    "fill": ("formatstrings", "If a valid *align* value is specified"),
    "sign": ("formatstrings", "The *sign* option is only valid for number types"),
    "alternate form": ("formatstrings", 'The "\'#\'" option causes'),
    "thousands ,": ("formatstrings", 'The "\',\'" option signals'),
    "thousands _": ("formatstrings", 'The "\'_\'" option signals'),
    "name self": ("types", "When an instance method object is called"),
    "name __name__": ("types", '"__name__" The module’s name.'),
    "name __file__": ("types", '"__file__" The pathname of the file'),
    "name __all__": ("import", "The *public names* defined by a module are determined"),
    "name __slots__": ("specialnames", "This class variable can be assigned a string"),
    "name __doc__": ("types", '"__doc__" The module’s documentation string'),
    "name __debug__": ("assert", "These equivalences assume that"),
    "name __annotations__": ("types", '"__annotations__" A dictionary containing *variable annotations*'),
    "name __main__": ("execmodel", "The namespace for a module is automatically created"),
}  # fmt: skip

# Construct: page and section of the reference, and its words.
QUOTED: Mapping[str, tuple[str, str]] = {
    "self-documenting field": (
        "lexical_analysis.html#f-strings",
        "To display both the expression text and its value after evaluation, (useful in debugging), an equal sign "
        "`'='` may be added after the expression.",
    ),
    "comprehension": (
        "expressions.html#displays-for-lists-sets-and-dictionaries",
        "The comprehension consists of a single expression followed by at least one `for` clause and zero or more "
        "`for` or `if` clauses. In this case, the elements of the new container are those that would be produced by "
        "considering each of the `for` or `if` clauses a block, nesting from left to right, and evaluating the "
        "expression to produce an element each time the innermost block is reached.",
    ),
    "generator expression": (
        "expressions.html#generator-expressions",
        "A generator expression yields a new generator object. Its syntax is the same as for comprehensions, except "
        "that it is enclosed in parentheses instead of brackets or curly braces.",
    ),
    "set": (
        "expressions.html#set-displays",
        "A set display yields a new mutable set object, the contents being specified by either a sequence of "
        "expressions or a comprehension.",
    ),
    "set comprehension": (
        "expressions.html#set-displays",
        "A set display yields a new mutable set object, the contents being specified by either a sequence of "
        "expressions or a comprehension. When a comprehension is supplied, the set is constructed from the elements "
        "resulting from the comprehension.",
    ),
    "assignment expression": (
        "expressions.html#assignment-expressions",
        "An assignment expression (sometimes also called a “named expression” or “walrus”) assigns an expression to "
        "an identifier, while also returning the value of the expression.",
    ),
    "conditional expression": (
        "expressions.html#conditional-expressions",
        "The expression `x if C else y` first evaluates the condition, C rather than x. If C is true, x is evaluated "
        "and its value is returned; otherwise, y is evaluated and its value is returned.",
    ),
    "parentheses": (
        "expressions.html#parenthesized-forms",
        "A parenthesized expression list yields whatever that expression list yields: if the list contains at least "
        "one comma, it yields a tuple; otherwise, it yields the single expression that makes up the expression list.",
    ),
    "encoding": (
        "lexical_analysis.html#encoding-declarations",
        r"If a comment in the first or second line of the Python script matches the regular expression "
        r"`coding[=:]\s*([-\w.]+)`, this comment is processed as an encoding declaration; the first group of this "
        r"expression names the encoding of the source code file.",
    ),
    "type alias": (
        "simple_stmts.html#the-type-statement",
        "The type statement declares a type alias, which is an instance of `typing.TypeAliasType`.",
    ),
}

PRINTF = "https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting"
PERCENT: Mapping[str, str] = {
    "": "String objects have one unique built-in operation: the `%` operator (modulo).",
    "#": "The value conversion will use the “alternate form” (where defined below).",
    "0": "The conversion will be zero padded for numeric values.",
    "-": "The converted value is left adjusted (overrides the `'0'` conversion if both are given).",
    " ": "(a space) A blank should be left before a positive number (or empty string) produced by a signed conversion.",
    "+": "A sign character (`'+'` or `'-'`) will precede the conversion (overrides a “space” flag).",
    "d": "Signed integer decimal.",
    "i": "Signed integer decimal.",
    "u": "Obsolete type – it is identical to `'d'`.",
    "o": "Signed octal value.",
    "x": "Signed hexadecimal (lowercase).",
    "X": "Signed hexadecimal (uppercase).",
    "e": "Floating point exponential format (lowercase).",
    "E": "Floating point exponential format (uppercase).",
    "f": "Floating point decimal format.",
    "F": "Floating point decimal format.",
    "g": "Floating point format. Uses lowercase exponential format if exponent is less than -4 or not less than "
    "precision, decimal format otherwise.",
    "G": "Floating point format. Uses uppercase exponential format if exponent is less than -4 or not less than "
    "precision, decimal format otherwise.",
    "c": "Single character (accepts integer or single character string).",
    "r": "String (converts any Python object using `repr()`).",
    "s": "String (converts any Python object using `str()`).",
    "a": "String (converts any Python object using `ascii()`).",
    "%": "No argument is converted, results in a `'%'` character in the result.",
    "key": "Mapping key (optional), consisting of a parenthesised sequence of characters (for example, `(somename)`).",
    "width": "Minimum field width (optional). If specified as an `'*'` (asterisk), the actual width is read from the "
    "next element of the tuple in values, and the object to convert comes after the minimum field width and optional "
    "precision.",
    "precision": "Precision (optional), given as a `'.'` (dot) followed by the precision. If specified as `'*'` (an "
    "asterisk), the actual precision is read from the next element of the tuple in values, and the value to convert "
    "comes after the precision.",
    "length": "A length modifier (`h`, `l`, or `L`) may be present, but is ignored as it is not necessary for Python – "
    "so e.g. `%ld` is identical to `%d`.",
}

DATES = "https://docs.python.org/3/library/datetime.html#strftime-and-strptime-format-codes"
DATE_CODES: Mapping[str, str] = {
    "%a": "Weekday as locale’s abbreviated name.",
    "%A": "Weekday as locale’s full name.",
    "%w": "Weekday as a decimal number, where 0 is Sunday and 6 is Saturday.",
    "%d": "Day of the month as a zero-padded decimal number.",
    "%b": "Month as locale’s abbreviated name.",
    "%B": "Month as locale’s full name.",
    "%m": "Month as a zero-padded decimal number.",
    "%y": "Year without century as a zero-padded decimal number.",
    "%Y": "Year with century as a decimal number.",
    "%H": "Hour (24-hour clock) as a zero-padded decimal number.",
    "%I": "Hour (12-hour clock) as a zero-padded decimal number.",
    "%p": "Locale’s equivalent of either AM or PM.",
    "%M": "Minute as a zero-padded decimal number.",
    "%S": "Second as a zero-padded decimal number.",
    "%f": "Microsecond as a decimal number, zero-padded to 6 digits.",
    "%z": "UTC offset in the form `±HHMM[SS[.ffffff]]` (empty string if the object is naive).",
    "%Z": "Time zone name (empty string if the object is naive).",
    "%j": "Day of the year as a zero-padded decimal number.",
    "%U": "Week number of the year (Sunday as the first day of the week) as a zero-padded decimal number. All days in "
    "a new year preceding the first Sunday are considered to be in week 0.",
    "%W": "Week number of the year (Monday as the first day of the week) as a zero-padded decimal number. All days in "
    "a new year preceding the first Monday are considered to be in week 0.",
    "%c": "Locale’s appropriate date and time representation.",
    "%x": "Locale’s appropriate date representation.",
    "%X": "Locale’s appropriate time representation.",
    "%%": "A literal `'%'` character.",
    "%G": "ISO 8601 year with century representing the year that contains the greater part of the ISO week (`%V`).",
    "%u": "ISO 8601 weekday as a decimal number where 1 is Monday.",
    "%V": "ISO 8601 week as a decimal number with Monday as the first day of the week. Week 01 is the week containing "
    "Jan 4.",
}
# Of all others, as `%-d` and `%e`.
OTHER_DATE_CODES = (
    "The full set of format codes supported varies across platforms, because Python calls the platform C library’s "
    "`strftime()` function, and platform variations are common."
)
