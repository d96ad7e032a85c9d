from src.models import Child, Hero, Language

WORDS_PER_MINUTE = 130
LANGUAGES = {Language.ENGLISH: "English", Language.GERMAN: "German"}


class PromptService:
    """Builds prompts; talks to nobody."""

    def story_prompt(
        self,
        child: Child,
        hero: Hero | None,
        moral: str,
        language: Language,
        minutes: int,
    ) -> str:
        lines = [
            f"Write a bedtime story in {LANGUAGES[language]}.",
            f"The child: {child.name}, {child.age} years old.",
        ]
        if child.interests:
            lines.append(f"Interests: {', '.join(child.interests)}.")
        if hero is not None:
            traits = ", ".join(hero.traits) or "brave"
            lines.append(f"The hero: {hero.name}, who is {traits}.")
        lines.append(f"It teaches {moral}, in {minutes * WORDS_PER_MINUTE} words.")
        lines.append("The first line is the title.")
        return "\n".join(lines)
