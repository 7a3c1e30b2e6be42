"""What of an assignment no test grades, in the words that every report has for it."""

from __future__ import annotations

from grader.assignment import Assignment


def graded_by_a_person(assignment: Assignment) -> str:
    """A sentence that names the tasks which a person grades, with their points; "" where there is none."""
    tasks = [task for task in assignment.tasks if task.graded_by == "person"]
    if not tasks:
        return ""
    named = ", ".join(f"{task.title} ({_points(task.points)})" for task in tasks)
    together = f", {_points(sum(task.points for task in tasks))} together" if len(tasks) > 1 else ""
    return f"Graded by a person, besides: {named}{together}."


def _points(count: float) -> str:
    return f"{count:g} {'point' if count == 1 else 'points'}"
