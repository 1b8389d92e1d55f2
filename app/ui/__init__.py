"""The Qt interface: the only room that knows PySide6; it reaches the rest through services.

How a screen is made:

1.  Subclass ``app.ui.screen.Screen``; the constructor takes the window (and state, bound with
    ``functools.partial``), sets a heading, fills ``self.body``, and sets Back and the primary
    button. Words come from ``self.words("ui_key")``, sizes and colours from ``self.theme``.
2.  Parts come from ``app.ui.widgets`` (labels by role, buttons, cards, fields, sheets, lists).
    Give every box an object name: language and text size can change at any moment, the screen is
    then made anew from the same maker, and what was typed is put back by object name. What was
    loaded belongs in the bound state, so that a rebuilt screen need not load it again.
3.  Go on with ``self.window_.go(maker)``, ``replace(maker)``, ``back()`` or ``go_home()``, where a
    maker is ``Callable[[Window], Screen]``; import the next screen inside the handler.
4.  Store work: ``self.ask(lambda kiosk: service(kiosk, ...), self._shown)``. Slow work (pictures,
    printing, the office): ``self.ask_free(lambda desk: ..., self._shown)``. Errors become a banner;
    results for a screen that was left are dropped. Nothing else may block the main thread.
5.  News of the core: ``self.window_.bridge.news_came`` and ``sending_changed``;
    ``self.window_.bridge.status()`` is the newest sending status.
6.  List the screen in ``tests/gallery.py`` and look at its pictures.
"""
