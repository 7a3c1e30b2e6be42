"""What every request passes, and every answer: access, headers, limits, errors, assets. No page of its own."""
