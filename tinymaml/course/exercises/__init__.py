"""The graders, a module a lesson: each exercise with its cases, hints, foreseen mistakes and
another right answer."""
