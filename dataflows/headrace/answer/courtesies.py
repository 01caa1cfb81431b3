"""The reply to a greeting or thanks."""

from hamilton.function_modifiers import tag

from headrace.types import Courtesy

#: By language, then by kind.
_REPLIES = {
    "english": {
        "greeting": "Hello. Ask me a question, and I answer it from the documents and show where "
        "they say it.",
        "thanks": "You're welcome. Ask me anything else about the documents.",
        "farewell": "Goodbye. Come back whenever you have a question about the documents.",
        "assent": "Good. Ask me anything else about the documents.",
    },
    "german": {
        "greeting": "Hallo. Stellen Sie mir eine Frage: Ich beantworte sie aus den Dokumenten und "
        "zeige, wo es steht.",
        "thanks": "Gern geschehen. Fragen Sie mich gern noch etwas zu den Dokumenten.",
        "farewell": "Auf Wiedersehen. Fragen Sie jederzeit wieder etwas zu den Dokumenten.",
        "assent": "Gut. Fragen Sie mich gern noch etwas zu den Dokumenten.",
    },
    "french": {
        "greeting": "Bonjour. Posez-moi une question : j'y réponds à partir des documents et je "
        "montre où ils le disent.",
        "thanks": "Je vous en prie. Posez-moi d'autres questions sur les documents.",
        "farewell": "Au revoir. Revenez quand vous avez une question sur les documents.",
        "assent": "Bien. Posez-moi d'autres questions sur les documents.",
    },
    "spanish": {
        "greeting": "Hola. Hágame una pregunta: respondo a partir de los documentos y muestro "
        "dónde lo dicen.",
        "thanks": "De nada. Pregúnteme lo que quiera sobre los documentos.",
        "farewell": "Adiós. Vuelva cuando tenga una pregunta sobre los documentos.",
        "assent": "Bien. Pregúnteme lo que quiera sobre los documentos.",
    },
}


@tag(stage="generate")
def reply(courtesy: Courtesy) -> str:
    """The reply to a greeting or thanks; "" for a question.

    It invites a question, in the language of the greeting if that is English, German,
    French or Spanish, else in English.
    """
    if not courtesy.kind:
        return ""
    return _REPLIES.get(courtesy.language, _REPLIES["english"])[courtesy.kind]
