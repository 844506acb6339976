import { Flag, ListOf, Name, Names, Nested, NonEmptyText, OneOf, Text, Texts } from '../messages/fields.js';
import { Maybe, Secret, type SecretRef, Url } from './fields.js';

/** What the public sees of one or more services. */
export class StatusComponent {
  @Name() name!: string;
  @NonEmptyText(100) title!: string;
  @Maybe() @Text(200) description?: string;
  /** It is as well as these services are. */
  @Names() services!: string[];
  /** Where it runs, if it does not move with the service. */
  @Maybe() @Name() site?: string;
}

export class StatusGroup {
  @NonEmptyText(100) title!: string;
  @Maybe() @Text(60) region?: string;
  @ListOf(() => StatusComponent, 200) components!: StatusComponent[];
}

export const placeKinds = ['folder', 's3', 'webhook'] as const;

/** Where the page is published: have two or more, outside the sites that they speak of. */
export class StatusPlace {
  @Name() name!: string;
  @OneOf(placeKinds) kind!: (typeof placeKinds)[number];
  /** A folder that a web server serves: its `current` is the page. */
  @Maybe() @NonEmptyText() path?: string;
  /** A bucket that serves web pages. */
  @Maybe() @Url() endpoint?: string;
  @Maybe() @Text(60) region?: string;
  @Maybe() @NonEmptyText(63) bucket?: string;
  /** Put before every key, such as `status/`. */
  @Maybe() @Text(200) prefix?: string;
  @Maybe() @Secret() accessKeyId?: SecretRef;
  @Maybe() @Secret() secretAccessKey?: SecretRef;
  /** What is sent a signed request with the files that changed. */
  @Maybe() @Url() url?: string;
  @Maybe() @Secret() signingSecret?: SecretRef;
}

/** Subscription by e-mail: confirmed by a link, ended by one click. */
export class StatusSubscriptions {
  /** A channel of kind email. */
  @Name() channel!: string;
  /** Where the notifier is reached from outside: forms and links go there. */
  @Url() url!: string;
  /** 32 bytes, base64: addresses are stored sealed with it. */
  @Secret() key!: SecretRef;
}

export class StatusPage {
  @NonEmptyText(200) title!: string;
  @Maybe() @NonEmptyText() publicUrl?: string;
  /** A place of kind folder. */
  @Maybe() @NonEmptyText() folder?: string;
  /** The first is the page's own; the others are beside it, such as `de/`. */
  @Maybe() @Texts(20) languages?: string[];
  /** More languages, or other words: `<tag>.yaml`. */
  @Maybe() @NonEmptyText() languageFolder?: string;
  /** Who helps when the page does not: a link in its footer. */
  @Maybe() @Url() supportUrl?: string;
  /** The services by tier when absent. */
  @Maybe() @ListOf(() => StatusGroup, 50) groups?: StatusGroup[];
  @Maybe() @ListOf(() => StatusPlace, 20) places?: StatusPlace[];
  @Maybe() @Nested(() => StatusSubscriptions) subscriptions?: StatusSubscriptions;
  /** Search engines are asked to stay away. */
  @Maybe() @Flag() unlisted?: boolean;
}
